/** Declares the modules that Vite creates from other files. */
declare module '*.css';
declare module '*.svg' {
  export const url: string;
}
