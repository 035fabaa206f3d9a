// Looks at a report as a person with a browser does, and prints what was seen as JSON, for a test to judge.
//
// Usage: node report.mjs MODULES BROWSER URL FOLDER    MODULES: the folder node_modules; screenshots go into FOLDER
import { createRequire } from 'node:module';
import path from 'node:path';

import { lowContrast, openedBy } from './look.mjs';

const [modules, browserPath, url, folder] = process.argv.slice(2);
const { chromium } = createRequire(path.resolve(modules, 'here.js'))('playwright-core');
const widths = { desktop: { width: 1280, height: 900 }, phone: { width: 375, height: 780 } };
const complaints = [];
const open = openedBy(url, complaints);

function facts() {
  const text = (selector) => [...document.querySelectorAll(selector)].map((e) => e.textContent.trim());
  const levels = [...document.querySelectorAll('h1, h2, h3')].map((h) => Number(h.tagName[1]));
  return {
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    imagesWithoutText: [...document.images].filter((image) => !image.alt).length,
    brokenImages: [...document.images].filter((image) => image.complete && image.naturalWidth === 0).length,
    figuresWithoutText: [...document.querySelectorAll('svg')].filter((svg) => !svg.querySelector('title, desc') && !svg.getAttribute('aria-label')).length,
    headingsThatSkip: levels.filter((level, i) => level > (levels[i - 1] ?? 0) + 1).length,
    headsWithoutScope: [...document.querySelectorAll('th')].filter((th) => !th.scope).length,
    language: document.documentElement.lang,
    scripts: document.scripts.length,
    headings: text('h2, h3'),
    deadLinks: [...document.querySelectorAll('a[href^="#"]')].filter((a) => !document.getElementById(a.hash.slice(1))).length,
    tiles: Object.fromEntries([...document.querySelectorAll('.tile')].map((tile) => [tile.querySelector('span').textContent, tile.querySelector('b').textContent])),
    provenance: Object.fromEntries([...document.querySelectorAll('#provenance > dl dt')].map((dt) => [dt.textContent, dt.nextElementSibling.textContent])),
    scores: [...document.querySelectorAll('#network table')].slice(0, 1).flatMap((table) => [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent))),
  };
}

// By mouse or by keyboard: what a card says of its sample, and how much larger it is then.
async function openCard(page, byKey) {
  const card = page.locator('.card').first();
  const image = card.locator('img').first();
  const before = (await image.boundingBox()).width;
  if (byKey) {
    await card.locator('summary').focus();
    await page.keyboard.press('Enter');
  } else {
    await card.locator('summary').click();
  }
  const seen = await card.evaluate((element) => ({
    open: element.querySelector('details').open,
    facts: Object.fromEntries([...element.querySelectorAll('dt')].map((dt) => [dt.textContent, dt.nextElementSibling.textContent])),
  }));
  return { ...seen, before, after: (await image.boundingBox()).width };
}

async function look(browser, size, colorScheme, javaScriptEnabled = true) {
  const name = `${size}-${colorScheme}${javaScriptEnabled ? '' : '-plain'}`;
  const page = await open(browser, { name, viewport: widths[size], colorScheme, javaScriptEnabled });
  const seen = { name, ...await page.evaluate(facts), lowContrast: await page.evaluate(lowContrast) };
  await page.screenshot({ path: path.join(folder, `report-${name}.png`), fullPage: true });
  seen.card = await openCard(page, colorScheme === 'dark');
  if (size === 'desktop') await page.locator('.card').first().screenshot({ path: path.join(folder, `report-${name}-card.png`) });
  await page.context().close();
  return seen;
}

async function print(browser) {
  const page = await open(browser, { name: 'print', viewport: widths.desktop });
  await page.pdf({ path: path.join(folder, 'report.pdf'), format: 'A4' });
  await page.emulateMedia({ media: 'print' });
  await page.setViewportSize({ width: 794, height: 1123 });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await page.context().close();
  return { overflow };
}

const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
try {
  const looks = [];
  for (const scheme of ['light', 'dark']) for (const size of ['desktop', 'phone']) looks.push(await look(browser, size, scheme));
  looks.push(await look(browser, 'desktop', 'light', false));
  console.log(JSON.stringify({ looks, print: await print(browser), complaints }));
} finally {
  await browser.close();
}
