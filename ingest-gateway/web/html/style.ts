/** The style sheet of server-rendered pages: light or dark by the user's setting, without external fonts and images. */

export const style = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f7f9, #14171c);
  --card: light-dark(#fff, #1c2027);
  --field: light-dark(#868e9c, #667083);
  --line: light-dark(#e1e4e9, #2d333d);
  --text: light-dark(#1c2128, #e4e7ec);
  --quiet: light-dark(#626b78, #98a2b1);
  --accent: light-dark(#1565c0, #6cb1ff);
  --bad: light-dark(#b3261e, #ff8a80);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.5 -apple-system, "Segoe UI", Roboto, "Noto Sans", Ubuntu, Cantarell, "Helvetica Neue", Arial, sans-serif; }
header, main { max-width: 68rem; margin: 0 auto; padding: 0 1.25rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; padding-top: 1.25rem; }
header strong { font-size: 1.2rem; margin-right: auto; }
h2 { font-size: 1.05rem; margin: 0 0 .75rem; }
h3 { font-size: .95rem; margin: 1rem 0 .25rem; }
h2 small { font-weight: normal; color: var(--quiet); margin-left: .5rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.25rem; margin: 1.25rem 0; }
a { color: var(--accent); }
header a { text-decoration: none; color: inherit; }
section > :last-child { margin-bottom: 0; }
.bad { color: var(--bad); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .28rem .75rem .28rem 0; border-top: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; color: var(--quiet); border-top: 0; }
table code { white-space: nowrap; }
code, pre { font: .85rem/1.5 ui-monospace, monospace; }
pre { overflow-x: auto; background: var(--ground); border-radius: 6px; padding: .75rem; margin: 0; }
.quiet { color: var(--quiet); }
.scroll { overflow-x: auto; margin-top: 1rem; }
form { display: grid; gap: .4rem; margin-bottom: 1rem; }
label { color: var(--quiet); }
input, button { font: inherit; padding: .5rem .7rem; border: 1px solid var(--field); border-radius: 6px; background: var(--ground); color: inherit; }
button { margin-top: .4rem; border-color: var(--accent); background: var(--accent); color: light-dark(#fff, #0b1526); cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
main.narrow { max-width: 27rem; padding-top: 12vh; }
h1 { font-size: 1.4rem; text-align: center; margin: 0; }
`;
