/** The style of our few pages: readable in light and dark, on a phone and in print. */
export const style = `
:root { color-scheme: light dark; --ink: #1c2024; --paper: #fdfdfc; --soft: #60646c; --line: #d9d9e0; --code: #f0f0f3; --link: #0b5cad; }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --paper: #111113; --soft: #b0b4ba; --line: #363a3f; --code: #212225; --link: #70b8ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 60rem; color: var(--ink); background: var(--paper); font: 1rem/1.55 system-ui, sans-serif; }
a { color: var(--link); }
h1 { font-size: 1.6rem; line-height: 1.2; }
h2 { margin-top: 2.5rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); font-size: 1.3rem; }
h3 { margin-bottom: .3rem; font-size: 1rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
code { padding: .1em .3em; border-radius: .2em; background: var(--code); overflow-wrap: anywhere; }
pre { padding: .8rem; overflow-x: auto; border-radius: .4rem; background: var(--code); }
nav ul { columns: 14rem; padding-left: 1.2rem; }
details { margin: .4rem 0; padding: .4rem .8rem; border: 1px solid var(--line); border-radius: .4rem; }
summary { cursor: pointer; overflow-wrap: anywhere; }
summary .method { display: inline-block; min-width: 4.2rem; font: bold .85rem ui-monospace, monospace; text-transform: uppercase; }
summary .what { color: var(--soft); }
dl { margin: .5rem 0; }
dt { margin-top: .6rem; overflow-wrap: anywhere; }
dt .type { color: var(--soft); font-size: .9em; }
dd { margin-left: 1rem; }
dd p { margin: .2rem 0; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }

`;
