/* Leaflet maps without tiles: areas, lines and points from GeoJSON, fetched when they come near the screen. */
(() => {
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
  const near = (box) => new Promise((done) => {
    const watcher = new IntersectionObserver((seen) => {
      if (!seen.some((entry) => entry.isIntersecting)) return
      watcher.disconnect()
      done()
    }, { rootMargin: '300px' })
    watcher.observe(box)
  })
  const load = (src) => window.L ? Promise.resolve() : new Promise((done, failed) => {
    const script = document.createElement('script')
    Object.assign(script, { src, onload: done, onerror: failed })
    document.head.append(script)
  })
  const tones = new Set(['ok', 'done', 'even', 'watch', 'late', 'info'])
  const colour = ({ tone, step }) => (tones.has(tone) ? style(`--${tone}`) : Number.isInteger(step) ? style(`--r${step}`) : style('--info-soft'))
  const words = ({ name, text }) => {
    const box = document.createElement('span')
    box.textContent = [name, text].filter(Boolean).join('：')
    return box
  }

  const layer = (data) => L.geoJSON(data, {
    style: ({ properties: p, geometry }) => geometry.type.includes('Line')
      ? { color: style('--water'), weight: 4, lineCap: 'round', interactive: false }
      : { color: style('--surface'), weight: 1.5, fillColor: colour(p), fillOpacity: 0.95 },
    pointToLayer: ({ properties: p }, at) => L.circleMarker(at, { radius: p.tone === 'late' ? 7 : 5, weight: 2, color: style('--surface'), fillColor: colour(p), fillOpacity: 1 }),
    onEachFeature: ({ properties: p }, shape) => {
      if (p.name) shape.bindTooltip(words(p), { sticky: true, className: 'tip' })
      if (p.url) shape.on('click', () => location.assign(p.url))
    },
  })
  const label = ({ geometry, properties: p }) => {
    const html = document.createElement('span')
    html.textContent = p.label
    const icon = L.divIcon({ className: 'place', html, iconSize: [96, 16], iconAnchor: [48, -9] })
    return L.marker([...geometry.coordinates].reverse(), { interactive: false, keyboard: false, icon })
  }
  const start = async (box) => {
    try {
      await near(box)
      await load(box.dataset.lib)
      const answer = await fetch(box.dataset.src)
      if (!answer.ok) throw new Error(String(answer.status))
      const data = await answer.json()
      box.replaceChildren()
      const map = L.map(box, { zoomControl: false, attributionControl: false, scrollWheelZoom: false, zoomSnap: 0.1 })
      L.control.zoom({ position: 'topright', zoomInTitle: box.dataset.zoomIn, zoomOutTitle: box.dataset.zoomOut }).addTo(map)
      if (box.dataset.tiles) L.tileLayer(box.dataset.tiles).addTo(map)
      let drawn = layer(data).addTo(map)
      map.fitBounds(drawn.getBounds(), { padding: [28, 28] })
      data.features.filter((f) => f.properties.label && f.geometry.type === 'Point').forEach((f) => label(f).addTo(map))
      addEventListener('hanfeng:prefs', () => {
        drawn.remove()
        drawn = layer(data).addTo(map)
      })
    } catch {
      box.textContent = box.dataset.failed
    }
  }
  document.querySelectorAll('[data-map]').forEach(start)
})()
