// Parts of a page that stand beside or below one another and yet lie on one another.
() => {
  const boxes = 'main, main .stackv, .first-row, .cards, .halves, .thirds, .split, .panel, .panel > .body, .plan-card, .tally, .worst, .due'
  const shown = (e) => e.checkVisibility({ checkVisibilityCSS: true }) && e.getBoundingClientRect().height > 1
  const flows = (e) => !/(absolute|fixed|sticky)/.test(getComputedStyle(e).position) && getComputedStyle(e).display !== 'inline'
  const named = (e) => `${e.tagName.toLowerCase()}.${[...e.classList].join('.')}: ${e.textContent.trim().slice(0, 30)}`
  const found = []
  for (const box of document.querySelectorAll(boxes)) {
    const parts = [...box.children].filter((e) => shown(e) && flows(e))
    for (let i = 0; i + 1 < parts.length; i++) {
      const a = parts[i].getBoundingClientRect()
      const b = parts[i + 1].getBoundingClientRect()
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left)
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
      if (wide > 2 && high > 2) found.push(`${named(parts[i])} lies on ${named(parts[i + 1])}`)
    }
  }
  return found.slice(0, 5)
}
