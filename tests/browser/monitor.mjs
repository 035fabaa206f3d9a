// Looks at a monitor's page as a person with a browser does, and prints what was seen as JSON, for a test to judge.
//
// Usage: node monitor.mjs MODULES BROWSER URL FOLDER    MODULES: the folder node_modules; screenshots go into FOLDER
import { createRequire } from 'node:module';
import path from 'node:path';

import { lowContrast, openedBy } from './look.mjs';

const [modules, browserPath, url, folder] = process.argv.slice(2);
const { chromium } = createRequire(path.resolve(modules, 'here.js'))('playwright-core');
const widths = { desktop: { width: 1280, height: 900 }, phone: { width: 375, height: 780 } };
const complaints = [];
const open = openedBy(url, complaints);

// Of each chart and each of its series that has numbers: the pixels drawn in the colour of the series.
function drawn() {
  const style = getComputedStyle(document.documentElement);
  return [...document.querySelectorAll('figure.chart')].map((figure) => {
    const canvas = figure.querySelector('canvas');
    if (!canvas) return [];
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const { series } = JSON.parse(figure.dataset.chart);
    return series.map(({ name, y }, i) => {
      const hex = style.getPropertyValue(`--line-${(i % 3) + 1}`).trim();
      const colour = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
      let pixels = 0;
      for (let p = 0; p < data.length; p += 4) {
        if (data[p + 3] > 200 && colour.every((c, k) => Math.abs(c - data[p + k]) < 16)) pixels += 1;
      }
      return { name, numbers: y.filter((value) => value !== null).length, pixels };
    });
  });
}

function layout() {
  return {
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    imagesWithoutText: [...document.images].filter((image) => !image.alt).length,
    brokenImages: [...document.images].filter((image) => image.complete && image.naturalWidth === 0).length,
    charts: document.querySelectorAll('.plot canvas').length,
    chartsWanted: document.querySelectorAll('figure.chart').length,
    openTables: document.querySelectorAll('figure.chart details[open]').length,
    state: document.getElementById('state')?.textContent ?? '',
    whole: document.querySelector('#overview .whole p')?.textContent ?? '',
    axes: Object.fromEntries([...document.querySelectorAll('#axes table')].map((table) => [
      table.caption.textContent,
      [...table.tBodies[0].rows].map((row) => [row.cells[0], row.cells[2], row.cells[3]].map((cell) => cell.textContent)),
    ])),
  };
}

// Scrolled through, so that what is loaded late is there.
async function scroll(page) {
  for (let y = 0; y < await page.evaluate(() => document.body.scrollHeight); y += 600) {
    await page.evaluate((to) => window.scrollTo(0, to), y);
    await page.waitForTimeout(50);
  }
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.waitForLoadState('networkidle');
}

async function look(browser, size, colorScheme, javaScriptEnabled) {
  const name = `${size}-${colorScheme}${javaScriptEnabled ? '' : '-plain'}`;
  const page = await open(browser, { name, viewport: widths[size], colorScheme, javaScriptEnabled });
  if (javaScriptEnabled) await scroll(page);
  const seen = { name, ...await page.evaluate(layout), lowContrast: await page.evaluate(lowContrast), drawn: await page.evaluate(drawn) };
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
  if (size === 'desktop') seen.sample = await openSample(page, name);
  await page.context().close();
  return seen;
}

// By mouse with scripts, by keyboard without.
async function openSample(page, name) {
  const first = page.locator('#latest a').first();
  if (await first.count() === 0) return null;
  const number = (await first.getAttribute('href')).split('/').pop();
  if (name.endsWith('plain')) {
    await first.focus();
    await page.keyboard.press('Enter');
  } else {
    await first.click();
  }
  await page.waitForURL(/sample\/\d+$/, { waitUntil: 'networkidle' });
  const seen = await page.evaluate(() => ({
    heading: document.querySelector('h1').textContent,
    images: [...document.images].map((image) => [image.naturalWidth, image.naturalHeight]),
    facts: Object.fromEntries([...document.querySelectorAll('dt')].map((dt) => [dt.textContent, dt.nextElementSibling.textContent])),
  }));
  await page.screenshot({ path: path.join(folder, `${name}-sample.png`), fullPage: true });
  await page.goBack({ waitUntil: 'networkidle' });
  return { number, back: await page.locator('#overview').count(), ...seen };
}

// The part of the page that is served changes: the page that is open must follow by itself.
async function follow(browser) {
  const page = await open(browser, { name: 'follow', viewport: widths.desktop });
  await page.locator('#failures h2').evaluate((heading) => { heading.textContent = 'Stale'; });
  await page.route(url, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: (await answer.text()).replace('>Failures</h2>', '>Failures now</h2>') });
  });
  await page.locator('#failures h2', { hasText: 'Failures now' }).waitFor({ timeout: 200000 });
  await page.unroute(url);
  // The monitor ends: the page says so.
  await page.route(url, (route) => route.abort());
  await page.locator('#contact', { hasText: 'cannot be reached' }).waitFor({ timeout: 200000 });
  const words = await page.locator('#contact').textContent();
  await page.context().close();
  return words;
}

const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
try {
  const looks = [];
  for (const scheme of ['light', 'dark']) {
    for (const size of ['desktop', 'phone']) looks.push(await look(browser, size, scheme, true));
  }
  looks.push(await look(browser, 'desktop', 'light', false));
  const before = complaints.length;
  const lost = await follow(browser);
  const expected = complaints.splice(before).filter((words) => !words.includes('ERR_FAILED'));
  console.log(JSON.stringify({ looks, lost, complaints: [...complaints, ...expected] }));
} finally {
  await browser.close();
}
