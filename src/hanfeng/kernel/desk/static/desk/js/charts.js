/* Vega charts, fetched when they come near the screen. The colours and the type of the page are put into the specification. */
(() => {
  const scale = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
  const scripts = {}
  const load = (src) => (scripts[src] ??= new Promise((done, failed) => {
    const script = document.createElement('script')
    Object.assign(script, { src, onload: done, onerror: failed })
    document.head.append(script)
  }))
  const near = (box) => new Promise((done) => {
    const watcher = new IntersectionObserver((seen) => {
      if (!seen.some((entry) => entry.isIntersecting)) return
      watcher.disconnect()
      done()
    }, { rootMargin: '300px' })
    watcher.observe(box)
  })

  const theme = () => {
    const size = 12 * scale()
    const font = getComputedStyle(document.body).fontFamily
    const ink = token('--ink-2')
    const line = token('--line')
    const axis = { labelColor: ink, titleColor: ink, labelFontSize: size, titleFontSize: size, titleFontWeight: 'normal', gridColor: line, domainColor: line, tickColor: line }
    return {
      background: null, aria: false, font, view: { stroke: null }, axis,
      axisX: { grid: false, labelAngle: 0 }, axisY: { domain: false, ticks: false },
      legend: { labelColor: ink, titleColor: ink, labelFontSize: size, titleFontSize: size, orient: 'top', title: null },
      title: { color: token('--ink'), fontSize: size * 1.2 },
      range: { category: ['--c1', '--c2', '--c3', '--c4', '--c5', '--c6'].map(token), ramp: ['--r0', '--r1', '--r2', '--r3', '--r4'].map(token), heatmap: ['--r0', '--r1', '--r2', '--r3', '--r4'].map(token) },
      line: { strokeWidth: 2.5, strokeCap: 'round' }, point: { filled: true, size: 60 }, bar: { color: token('--c1') }, area: { opacity: 0.2 }, rule: { color: ink }, text: { color: token('--ink'), fontSize: size },
    }
  }
  const options = { actions: false, ast: true, renderer: 'svg', defaultStyle: false, tooltip: { disableDefaultStyle: true } }

  const specification = async (box) => {
    if (box.dataset.spec) return JSON.parse(document.getElementById(box.dataset.spec).textContent)
    const answer = await fetch(box.dataset.src, { headers: { Accept: 'application/json' } })
    if (!answer.ok) throw new Error(String(answer.status))
    return answer.json()
  }
  const draw = async (box) => {
    const spec = (box.spec ??= await specification(box))
    const given = { ...spec, width: 'container', background: null, config: { ...spec.config, ...theme() } }
    given.height ??= 280
    given.autosize ??= { type: 'fit-x', contains: 'padding' }
    const view = document.createElement('div')
    view.className = 'chart-view'
    box.replaceChildren(view)
    const drawn = await vegaEmbed(view, given, options)
    // the box is an image with a label of its own, in the reader's language
    for (const name of ['role', 'aria-label', 'aria-roledescription']) view.removeAttribute(name)
    view.setAttribute('aria-hidden', 'true')
    box.view?.finalize()
    box.view = drawn
  }
  const start = async (box) => {
    try {
      await near(box)
      await load(box.dataset.lib)
      await draw(box)
    } catch {
      box.textContent = box.dataset.failed
    }
  }
  const boxes = [...document.querySelectorAll('[data-chart]')]
  boxes.forEach(start)
  addEventListener('hanfeng:prefs', () => boxes.filter((box) => box.view).forEach(draw))
})()
