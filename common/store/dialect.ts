/** What differs between databases: Kysely's SQLite dialect over `node:sqlite`, and the columns that no SQL spells alike. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  type ColumnDefinitionBuilder,
  CompiledQuery,
  type CreateTableBuilder,
  type DatabaseConnection,
  type Dialect,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type SqliteStatement,
} from 'kysely';

/** Kysely over an open database, which it closes when it is destroyed. */
export function createSqliteDialect(database: DatabaseSync): Dialect {
  return {
    createDriver: () => new ImmediateDriver({ database: adapt(database) }),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new TransactionalAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

/**
 * Adds the primary key `id`, never given twice. On SQLite a plain rowid starts again at 1 once the table is empty, so
 * that a reader's cursor would skip rows.
 */
export function withId<T extends string>(table: CreateTableBuilder<T>): CreateTableBuilder<T | 'id'> {
  return table.addColumn('id', 'integer', (column: ColumnDefinitionBuilder) => column.primaryKey().autoIncrement());
}

/** A transaction takes the write lock at its start: one that reads first and writes later could fail as busy halfway. */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

/** SQLite rolls back DDL; with the lock taken at the start, two programs that migrate at once do so one after the other. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** More different statements than the programs have; the oldest is prepared again when it comes back. */
const cachedStatements = 200;

function adapt(database: DatabaseSync): SqliteDatabase {
  const cache = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare(sql) {
      const known = cache.get(sql);
      if (known !== undefined) return known;
      const statement = adaptStatement(database.prepare(sql));
      const [oldest] = cache.keys();
      if (cache.size >= cachedStatements && oldest !== undefined) cache.delete(oldest);
      cache.set(sql, statement);
      return statement;
    },
  };
}

function adaptStatement(statement: StatementSync): SqliteStatement {
  return {
    get reader() {
      return statement.columns().length > 0;
    },
    all: (parameters) => statement.all(...parameters.map(bindable)),
    run: (parameters) => statement.run(...parameters.map(bindable)),
    iterate: (parameters) => statement.iterate(...parameters.map(bindable)),
  };
}

/** `node:sqlite` refuses booleans. */
function bindable(value: unknown): SQLInputValue {
  return typeof value === 'boolean' ? Number(value) : (value as SQLInputValue);
}
