// What the lookers at the monitor and at the report share.

// Opens a page whose errors are all put down: of scripts, of the console, of what it loads and from where.
export const openedBy = (url, complaints) => async (browser, options) => {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const where = options.name;
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${where}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`${where}: ${error.message}`));
  page.on('response', (answer) => {
    if (answer.status() >= 400) complaints.push(`${where}: ${answer.status()} for ${answer.url()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:')) complaints.push(`${where}: asks ${request.url()}`);
  });
  await page.goto(url, { waitUntil: 'networkidle' });
  return page;
};

// Contrast of text (WCAG 2.1): ratio of the relative luminances of each element's text and of what lies behind it.
export function lowContrast() {
  const parse = (text) => (text.match(/[\d.]+/g) ?? []).map(Number);
  const channel = (c) => (c <= 10.31475 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  // Translucent layers are laid over what is opaque behind them.
  const behind = (element) => {
    const layers = [];
    let colour = [255, 255, 255];
    for (let e = element; e; e = e.parentElement) {
      const [r, g, b, alpha = 1] = parse(getComputedStyle(e).backgroundColor);
      if (alpha === 1) {
        colour = [r, g, b];
        break;
      }
      layers.push([r, g, b, alpha]);
    }
    for (const [r, g, b, alpha] of layers.reverse()) colour = [r, g, b].map((c, i) => alpha * c + (1 - alpha) * colour[i]);
    return colour;
  };
  const found = [];
  for (const element of document.querySelectorAll('main *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || element.closest('progress, noscript') || !element.checkVisibility()) continue;
    const [a, b] = [luminance(parse(getComputedStyle(element).color)), luminance(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${element.tagName} "${element.textContent.trim().slice(0, 30)}" ${ratio.toFixed(2)}`);
  }
  return found;
}
