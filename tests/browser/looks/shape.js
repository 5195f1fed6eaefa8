// The heading, the language, and whether anything stands wider than the window, out of its part of the page, or below the bar.
() => {
  const scrolls = (e) => e && e !== document.documentElement
    && (/(auto|scroll|hidden|clip)/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement))
  const named = (e) => `${e.tagName.toLowerCase()}.${[...e.classList].join('.')}: ${e.textContent.trim().slice(0, 40)}`
  const shown = (e) => e.checkVisibility({ checkVisibilityCSS: true }) && e.getBoundingClientRect().width > 1
  const looked = (e) => shown(e) && !e.closest('.vh, .skip') && !(e.closest('svg') && e.tagName !== 'svg')
  const spilt = []
  for (const e of document.querySelectorAll('main *, header *, footer *')) {
    if (!looked(e) || scrolls(e.parentElement)) continue
    const { right } = e.getBoundingClientRect()
    const part = e.parentElement.closest('.panel, .card, .tally, .tile')
    if (right > innerWidth + 1) spilt.push(`past the window ${named(e)}`)
    else if (part && right > part.getBoundingClientRect().right + 1) spilt.push(`out of its part ${named(e)}`)
  }
  for (const bar of document.querySelectorAll('header.top, header.portal-top, .screen-top')) {
    const low = bar.getBoundingClientRect().bottom + 1
    for (const e of bar.querySelectorAll('*')) {
      if (looked(e) && e.getBoundingClientRect().bottom > low) spilt.push(`below the bar ${named(e)}`)
    }
  }
  return {
    lang: document.documentElement.lang,
    headings: [...document.querySelectorAll('h1')].filter(shown).length,
    wide: document.documentElement.scrollWidth - innerWidth,
    spilt: spilt.slice(0, 5),
  }
}
