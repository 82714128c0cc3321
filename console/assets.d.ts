/** What the build takes from other kinds of files. */
declare module '*.css';
declare module '*.svg' {
  export const url: string;
}
