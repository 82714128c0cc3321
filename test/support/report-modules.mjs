// Preloaded into a program under test: at its exit it writes the names of all modules that were loaded, its own aside.
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const files = new Set();
registerHooks({
  load(url, context, next) {
    files.add(url);
    return next(url, context);
  },
});
process.on('exit', () => {
  const builtins = process.moduleLoadList.filter((each) => each.startsWith('NativeModule '));
  const names = builtins.map((each) => each.slice('NativeModule '.length));
  writeFileSync(process.env.MODULES_FILE, JSON.stringify({ builtins: names, files: [...files] }));
});
