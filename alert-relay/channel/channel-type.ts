/** A type of channel: the value of `type` in the configuration, the schema of the settings, and how a channel is created. */
import { z } from 'zod';
import type { Secret } from '../../common/program/settings/secret.ts';
import type { Channel } from './channel.ts';
import { isWebUrl, messagesPerMinuteField, pictureField, secretFields, timeoutField, tryReadSecret } from './fields.ts';

export interface ChannelOptions<Settings> {
  /** The channel's key in the configuration. */
  readonly name: string;
  readonly settings: Settings;
  readonly now: () => number;
}

/**
 * `together`: alerts that arrive together are one message. `updated`: that message also shows later changes of the alerts.
 * `separate`: the service gets every alert.
 */
export type Grouping = 'together' | 'updated' | 'separate';

export interface ChannelType<Settings> {
  readonly type: string;
  readonly groups: Grouping;
  /** Parses the settings in the spelling of the config file. */
  readonly settings: z.ZodType<Settings>;
  create(options: ChannelOptions<Settings>): Channel;
}

/** A setting whose value is secret, given as `<name>` or `<name>_file`. */
export interface SecretField {
  readonly kind: 'required' | 'optional';
  readonly isUrl: boolean;
  readonly help: string;
}

export const requiredSecret = (help: string) => ({ kind: 'required', isUrl: false, help }) as const;
export const optionalSecret = (help: string) => ({ kind: 'optional', isUrl: false, help }) as const;
/** A URL that contains a token. */
export const requiredSecretUrl = (help: string) => ({ kind: 'required', isUrl: true, help }) as const;
export const optionalSecretUrl = (help: string) => ({ kind: 'optional', isUrl: true, help }) as const;

const webUrl = z.string().refine(isWebUrl, 'an http:// or https:// URL');

/** An http or https URL without a slash at the end. */
export const webUrlField = webUrl.transform(withoutSlash);

/** The same with a default. */
export function webUrlFieldOr(standard: string) {
  return webUrl.default(standard).transform(withoutSlash);
}

function withoutSlash(text: string): string {
  return text.replace(/\/+$/, '');
}

type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

export type Fields = Readonly<Record<string, z.ZodType>>;
export type Secrets = Readonly<Record<string, SecretField>>;

/** The settings with names in camel case. */
export type SettingsOf<Type extends string, Plain extends Fields, Hidden extends Secrets> = {
  readonly type: Type;
  readonly timeoutMs: number;
  readonly messagesPerMinute: number | undefined;
  /** Absent if the service takes no pictures. */
  readonly picture?: boolean;
} & { readonly [Name in keyof Plain & string as CamelCase<Name>]: z.output<Plain[Name]> } & {
  readonly [Name in keyof Hidden & string as CamelCase<Name>]: Hidden[Name]['kind'] extends 'required'
    ? Secret
    : Secret | undefined;
};

export interface SchemaOptions<Type extends string, Plain extends Fields, Hidden extends Secrets> {
  readonly type: Type;
  readonly fields: Plain;
  readonly secrets: Hidden;
  /** Default of `messages_per_minute`: the limit of the service. Undefined: no limit. */
  readonly messagesPerMinute: number | undefined;
  /** Whether the service takes pictures. */
  readonly picture?: boolean;
  /** Checks fields that depend on others. `fail` gets the field (`headers.X-Key`) and the value that is expected there. */
  readonly check?: (settings: SettingsOf<Type, Plain, Hidden>, fail: (field: string, expected: string) => void) => void;
}

/** Returns the schema of the settings: the own fields and those that every channel has. */
export function settingsSchema<const Type extends string, const Plain extends Fields, const Hidden extends Secrets>(
  options: SchemaOptions<Type, Plain, Hidden>,
): z.ZodType<SettingsOf<Type, Plain, Hidden>> {
  const { type, fields, secrets, messagesPerMinute, picture = false, check } = options;
  const shape = {
    type: z.literal(type),
    ...Object.assign(
      {},
      ...Object.entries(secrets).map(([name, { help, kind }]) =>
        secretFields(name, { help, isRequired: kind === 'required' }),
      ),
    ),
    ...fields,
    timeout: timeoutField('10s'),
    messages_per_minute:
      messagesPerMinute === undefined
        ? messagesPerMinuteField.optional()
        : messagesPerMinuteField.default(messagesPerMinute),
    ...(picture ? { picture: pictureField.default(true) } : {}),
  };
  const schema = z.strictObject(shape).transform((given: Record<string, unknown>, context) => {
    const revealed = Object.entries(secrets).map(([name, field]) => [name, readSecret(name, field, given, context)]);
    if (context.issues.length > 0) return z.NEVER;
    const { timeout: timeoutMs, ...rest } = given;
    const named = Object.entries(rest)
      .filter(([name]) => !isSecretName(name, secrets))
      .map(([name, value]) => [camelCase(name), value]);
    const settings = {
      ...Object.fromEntries(named),
      ...Object.fromEntries(revealed.map(([name, value]) => [camelCase(String(name)), value])),
      timeoutMs,
    } as SettingsOf<Type, Plain, Hidden>;
    check?.(settings, (field, message) => context.addIssue({ code: 'custom', path: field.split('.'), message }));
    return context.issues.length > 0 ? z.NEVER : settings;
  });
  return schema as unknown as z.ZodType<SettingsOf<Type, Plain, Hidden>>;
}

function readSecret(
  name: string,
  field: SecretField,
  given: Readonly<Record<string, unknown>>,
  context: z.RefinementCtx,
) {
  const [value, file] = [given[name], given[`${name}_file`]] as readonly (string | undefined)[];
  const before = context.issues.length;
  const secret = tryReadSecret({ name, value, file }, context);
  if (context.issues.length > before) return undefined;
  const fail = (message: string): void => context.addIssue({ code: 'custom', path: [name], message });
  if (secret === undefined && field.kind === 'required')
    fail(field.isUrl ? 'an http:// or https:// URL' : `a text, or ${name}_file`);
  if (secret !== undefined && field.isUrl && !isWebUrl(secret.reveal())) fail('an http:// or https:// URL');
  return secret;
}

function isSecretName(name: string, secrets: Secrets): boolean {
  return Object.hasOwn(secrets, name) || Object.hasOwn(secrets, name.replace(/_file$/, ''));
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
