/** The page's style sheet: light and dark by the reader's own setting, no fonts or images from anywhere. */

export const style = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f7f9, #14171c);
  --card: light-dark(#fff, #1c2027);
  --line: light-dark(#e1e4e9, #2d333d);
  --text: light-dark(#1c2128, #e4e7ec);
  --quiet: light-dark(#626b78, #98a2b1);
  --accent: light-dark(#1565c0, #6cb1ff);
  --good: light-dark(#1b7f3b, #55c878);
  --bad: light-dark(#b3261e, #ff8a80);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
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
.pill { border: 1px solid var(--line); border-radius: 99px; padding: .1rem .7rem; font-size: .85rem; background: var(--card); }
.good::before, .bad::before { content: "\\25CF\\00A0"; }
.good::before { color: var(--good); }
.bad::before { color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; }
.tile { border: 1px solid var(--line); border-radius: 8px; padding: .6rem .8rem; }
.tile b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
.tile span { color: var(--quiet); font-size: .85rem; }
meter { width: 100%; height: .55rem; display: block; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .28rem .75rem .28rem 0; border-top: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; color: var(--quiet); border-top: 0; }
table code { white-space: nowrap; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th.number { text-align: right; }
code, pre { font: .85rem/1.5 ui-monospace, monospace; }
pre { overflow-x: auto; background: var(--ground); border-radius: 6px; padding: .75rem; margin: 0; }
.quiet { color: var(--quiet); }
.scroll { overflow-x: auto; margin-top: 1rem; }
form { display: flex; gap: .5rem; flex-wrap: wrap; align-items: center; }
header form { display: inline; }
input { font: inherit; padding: .45rem .6rem; border: 1px solid var(--line); border-radius: 6px; background: var(--ground); color: inherit; min-width: 20rem; }
button { font: inherit; padding: .45rem .9rem; border: 1px solid var(--line); border-radius: 6px; background: var(--card); color: inherit; cursor: pointer; }
`;
