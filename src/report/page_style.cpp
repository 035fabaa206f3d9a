#include "sections.hpp"

namespace twinmill::report {

std::string_view page_style() {
  // Light, dark and print differ in the variables only.
  return R"css(
:root {
  color-scheme: light dark;
  --page: #fafaf8; --card: #ffffff; --ink: #1a1d21; --soft: #5a626c; --rule: #dfe2e6; --faint: #eceef0;
  --accent: #005a8d; --note: #fff4d6; --note-rule: #e6b422; --code: #f2f3f1;
  --blue: #0072b2; --orange: #d55e00; --green: #00835f;
  --m1: #a9c9e2; --m2: #5b9bc8; --m3: #0b4f82; --m4: #a9adb2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --card: #1b1f23; --ink: #e7e9eb; --soft: #a2abb4; --rule: #343a41; --faint: #262b30;
    --accent: #7cc4f2; --note: #3a3113; --note-rule: #e6b422; --code: #101214;
    --blue: #56b4e9; --orange: #f0a03c; --green: #2cc79a;
    --m1: #35607f; --m2: #5293bf; --m3: #a5d8f8; --m4: #6d747b;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", Arial, sans-serif;
}
main, .bar { max-width: 1160px; margin: 0 auto; padding: 0 24px; }
a { color: var(--accent); }
header { padding: 44px 0 8px; }
.kicker { margin: 0; color: var(--soft); font-size: 13px; letter-spacing: .08em; text-transform: uppercase; }
h1 { margin: 2px 0 10px; font-size: 38px; line-height: 1.15; letter-spacing: -.015em; overflow-wrap: anywhere; }
h2 { margin: 0 0 12px; font-size: 23px; line-height: 1.25; letter-spacing: -.005em; }
h3 { margin: 26px 0 10px; font-size: 17px; }
h3::first-letter { text-transform: uppercase; }
p { margin: 0 0 12px; max-width: 76ch; }
.summary { font-size: 19px; line-height: 1.5; max-width: 66ch; }
.none { color: var(--soft); }
.notice { padding: 9px 14px; border-left: 4px solid var(--note-rule); background: var(--note); border-radius: 3px; }
.tiles { display: flex; flex-wrap: wrap; gap: 0; margin: 22px 0 0; border-top: 1px solid var(--rule); border-bottom: 1px solid var(--rule); }
.tile { flex: 1 1 150px; padding: 13px 18px 13px 0; }
.tile b { display: block; font-size: 27px; line-height: 1.2; font-weight: 600; font-variant-numeric: tabular-nums; white-space: nowrap; }
.tile span { color: var(--soft); font-size: 14px; }
nav { background: var(--card); border-bottom: 1px solid var(--rule); font-size: 14px; position: sticky; top: 0; z-index: 1; }
nav .bar { display: flex; gap: 20px; overflow-x: auto; padding-top: 9px; padding-bottom: 9px; white-space: nowrap; }
nav a { color: var(--soft); text-decoration: none; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
nav a:hover, nav a:focus { color: var(--accent); text-decoration: underline; }
section { padding: 34px 0 10px; scroll-margin-top: 40px; }
section + section { border-top: 1px solid var(--rule); }
figure { margin: 0; }
figcaption { color: var(--soft); font-size: 13.5px; line-height: 1.45; margin-top: 6px; }
figcaption b { color: var(--ink); }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .88em; }
pre { margin: 0 0 12px; padding: 14px 16px; background: var(--code); border: 1px solid var(--rule); border-radius: 5px; overflow-x: auto; line-height: 1.5; }
img { display: block; width: 100%; height: auto; border-radius: 2px; background: var(--faint); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 14px; max-width: none; }
.chip { display: inline-block; width: 11px; height: 11px; margin-right: 7px; border-radius: 2px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); gap: 22px; }
.card, .step { break-inside: avoid; }
.card { max-width: 560px; }
.card:has(details[open]) { grid-column: 1 / -1; max-width: none; }
.card:has(details[open]) .strip > div { max-width: 420px; }
.card details { margin-top: 4px; }
.card summary { margin: 0; display: inline-block; }
.card dl { margin: 8px 0 0; font-size: 13.5px; gap: 2px 16px; }
.strip { display: flex; gap: 5px; }
.strip > div { flex: 1 1 0; min-width: 0; max-width: 240px; position: relative; }
.strip span { position: absolute; left: 5px; bottom: 5px; padding: 0 6px; border-radius: 3px; background: #2a2d30; color: #fff; font-size: 11px; line-height: 17px; }
.steps { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 10px; }
.step { max-width: 280px; }
.step img + img { margin-top: 6px; }
.single { max-width: 560px; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 26px; margin: 14px 0 20px; align-items: start; }
.double { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 26px; align-items: start; }
.triple { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 280px), 1fr)); gap: 26px; align-items: start; margin-top: 18px; }
.wide { overflow-x: auto; margin: 0 0 16px; }
table { border-collapse: collapse; font-size: 14.5px; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: 13.5px; padding-bottom: 7px; }
th, td { padding: 6px 12px 6px 0; text-align: right; border-bottom: 1px solid var(--faint); vertical-align: top; }
th:first-child { text-align: left; }
td:last-child, th:last-child { padding-right: 0; }
thead th { border-bottom: 1px solid var(--ink); font-weight: 600; font-size: 13.5px; vertical-align: bottom; }
tbody th { font-weight: 400; white-space: nowrap; }
.partial { color: var(--orange); white-space: nowrap; }
#troubles td, #troubles th { text-align: left; white-space: normal; }
.confusion { width: auto; }
.confusion th, .confusion td, .confusion td:last-child { padding: 7px 12px; text-align: center; border: 1px solid var(--rule); white-space: nowrap; }
.confusion tbody th { text-align: right; }
.confusion td { min-width: 92px; }
.confusion td b { display: block; font-weight: 600; }
.confusion td small { font-size: 12px; opacity: .8; }
.figure { display: block; width: 100%; height: auto; overflow: visible; }
.figure text { fill: var(--soft, #555); font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", Arial, sans-serif; font-variant-numeric: tabular-nums; }
.figure .value { font-size: 11px; }
.figure .grid { stroke: var(--faint, #ddd); stroke-width: 1; }
.figure .axis { stroke: var(--soft, #555); stroke-width: 1; }
.figure .curve { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.figure .whisker { fill: none; stroke-width: 1.2; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 5px 20px; margin: 0 0 16px; font-size: 15px; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
summary { cursor: pointer; color: var(--accent); margin-bottom: 10px; }
.events { font-size: 14px; padding-left: 18px; }
.events time { color: var(--soft); }
footer { margin-top: 26px; padding: 16px 0 40px; border-top: 1px solid var(--rule); color: var(--soft); font-size: 13.5px; }
@media (max-width: 560px) {
  main, .bar { padding: 0 16px; }
  header { padding-top: 26px; }
  h1 { font-size: 29px; }
  .summary { font-size: 17px; }
  .tile { flex-basis: 40%; }
  .tile b { font-size: 23px; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: 7px; }
  .steps { grid-template-columns: repeat(2, 1fr); }
}
@media print {
  :root {
    --page: #fff; --card: #fff; --ink: #000; --soft: #444; --rule: #bbb; --faint: #ddd; --accent: #000; --code: #f5f5f5;
    --blue: #0072b2; --orange: #d55e00; --green: #00835f; --m1: #a9c9e2; --m2: #5b9bc8; --m3: #0b4f82; --m4: #a9adb2;
  }
  body { font-size: 11pt; }
  nav { display: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  h2, h3 { break-after: avoid; }
  figure, tr { break-inside: avoid; }
  .wide, pre { overflow: visible; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  .card details:not([open]) { display: none; }
  table { font-size: 9pt; }
  th, td, .confusion th, .confusion td, .confusion td:last-child { padding: 2px 4px; min-width: 0; white-space: normal; }
  main { padding: 0; max-width: none; }
}
)css";
}

}  // namespace twinmill::report
