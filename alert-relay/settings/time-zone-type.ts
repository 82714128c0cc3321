/** The kind of a setting that names a time zone. */
import { fault, type SettingType } from '../../common/program/settings/setting-type.ts';
import { isTimeZone } from '../text/time.ts';

export const timeZone: SettingType<string> = {
  placeholder: 'zone',
  parse: (raw) =>
    typeof raw === 'string' && isTimeZone(raw)
      ? { value: raw }
      : fault('a time zone of the IANA database, such as UTC or Europe/Berlin', raw),
  print: (value) => value,
};
