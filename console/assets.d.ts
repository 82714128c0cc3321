/** Modules that Vite makes of other files. */
declare module '*.css';
declare module '*.svg' {
  export const url: string;
}
