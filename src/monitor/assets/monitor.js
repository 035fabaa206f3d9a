// Keeps the page up to date: loads it again in the background, puts in place what has changed, and draws charts.
'use strict';

(() => {
  const period = 2000;
  const plots = new Map();

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const short = (value) => (value === null || value === undefined ? '–' : Number(value.toPrecision(4)).toString());

  function seriesOf(data) {
    return data.series.map((series, i) => ({
      label: series.name,
      scale: series.right ? 'right' : 'y',
      stroke: colour(`--line-${(i % 3) + 1}`),
      fill: data.kind === 'bars' ? colour('--line-1') : undefined,
      width: data.kind === 'bars' ? 0 : 2,
      dash: i === 1 ? [6, 4] : undefined,
      paths: data.kind === 'bars' ? uPlot.paths.bars({ size: [0.8, 60] }) : undefined,
      points: data.kind === 'bars' ? { show: false } : { size: 5 },
      value: (plot, value) => short(value),
    }));
  }

  function axesOf(data) {
    const look = { stroke: colour('--soft'), grid: { stroke: colour('--faint') }, ticks: { stroke: colour('--rule') } };
    const axes = [look, { ...look, size: 60 }];
    if (data.series.some((series) => series.right)) {
      axes.push({ ...look, scale: 'right', side: 1, grid: { show: false }, size: 60 });
    }
    return axes;
  }

  function scalesOf(data) {
    const scales = { x: { time: data.time } };
    if (data.kind === 'bars') scales.y = { range: (plot, low, high) => [0, Math.max(1, high) * 1.05] };
    if (data.series.some((series) => series.right)) scales.right = { range: [0, 1] };
    // A little room at both ends, so that a single point has a place, too.
    const room = data.time ? data.width : 0.5;
    scales.x.range = [data.x[0] - room, data.x[data.x.length - 1] + room];
    return scales;
  }

  function draw(figure) {
    const place = figure.querySelector('.plot');
    const data = JSON.parse(figure.dataset.chart);
    plots.get(place)?.destroy();
    place.replaceChildren();
    const width = Math.max(240, figure.clientWidth);
    const options = {
      width,
      height: width < 500 ? 220 : 260,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1e3), 'Etc/UTC'),
      cursor: { y: false },
      scales: scalesOf(data),
      axes: axesOf(data),
      series: [{ label: data.time ? 'time (UTC)' : 'epoch' }, ...seriesOf(data)],
    };
    plots.set(place, new uPlot(options, [data.x, ...data.series.map((series) => series.y)], place));
  }

  const resized = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const plot = plots.get(target.querySelector('.plot'));
      if (plot && Math.abs(plot.width - target.clientWidth) > 2) draw(target);
    }
  });

  function drawAll(root) {
    for (const place of [...plots.keys()]) if (!place.isConnected) { plots.get(place).destroy(); plots.delete(place); }
    for (const figure of root.querySelectorAll('figure.chart')) {
      draw(figure);
      resized.observe(figure);
    }
  }

  // Where there is a drawing, its numbers need not be open.
  function close(root) {
    for (const details of root.querySelectorAll('figure.chart details')) details.open = false;
  }

  // What the reader has opened or is at stays so when its part of the page is replaced.
  function replace(old, fresh) {
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const href = focused?.getAttribute('href');
    const summary = focused?.tagName === 'SUMMARY';
    const opened = [...old.querySelectorAll('details')].map((details) => details.open);
    const scrolled = [...old.querySelectorAll('.wide')].map((wide) => [wide.scrollTop, wide.scrollLeft]);
    old.replaceWith(fresh);
    fresh.querySelectorAll('details').forEach((details, i) => { details.open = opened[i] ?? false; });
    fresh.querySelectorAll('.wide').forEach((wide, i) => { [wide.scrollTop, wide.scrollLeft] = scrolled[i] ?? [0, 0]; });
    drawAll(fresh);
    if (summary) fresh.querySelector('summary')?.focus({ preventScroll: true });
    else if (href) fresh.querySelector(`a[href="${CSS.escape(href)}"]`)?.focus({ preventScroll: true });
  }

  let served = new Map();  // By id: the HTML as the server sent it, before charts were drawn into it.

  function parts(root) {
    return [...root.querySelectorAll('main > [id]')];
  }

  function update(page) {
    document.title = page.title;
    const main = document.getElementById('main');
    const fresh = parts(page);
    const ids = new Set(fresh.map((part) => part.id));
    for (const old of parts(document)) if (!ids.has(old.id)) old.remove();
    let before = null;
    const next = new Map();
    for (const part of fresh) {
      const html = part.outerHTML;
      next.set(part.id, html);
      const old = document.getElementById(part.id);
      if (!old) {
        const added = document.importNode(part, true);
        if (before) before.after(added); else main.prepend(added);
        close(added);
        drawAll(added);
      } else if (served.get(part.id) !== html) {
        replace(old, document.importNode(part, true));
      }
      before = document.getElementById(part.id);
    }
    served = next;
  }

  function tell(words) {
    const contact = document.getElementById('contact');
    if (!contact) return;
    contact.textContent = words;
    contact.hidden = words === '';
  }

  let heard = new Date();

  async function refresh() {
    if (!document.hidden) {
      try {
        const answer = await fetch('./', { cache: 'no-store' });
        if (!answer.ok) throw new Error(String(answer.status));
        update(new DOMParser().parseFromString(await answer.text(), 'text/html'));
        heard = new Date();
        tell('');
      } catch {
        tell(`The monitor cannot be reached; all numbers are of ${heard.toLocaleTimeString()}. Was it ended?`);
      }
    }
    setTimeout(refresh, period);
  }

  for (const part of parts(document)) served.set(part.id, part.outerHTML);
  close(document);
  drawAll(document);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => drawAll(document));
  setTimeout(refresh, period);
})();
