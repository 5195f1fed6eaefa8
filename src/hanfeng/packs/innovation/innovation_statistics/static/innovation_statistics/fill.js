/* Totals that follow the typing. Without a script the button "Add up and check" does the same on the server. */
(() => {
  const form = document.querySelector('form[data-fill]')
  if (!form) return
  const written = new Intl.NumberFormat(document.documentElement.lang || undefined)
  const value = (name) => {
    const field = form.querySelector(`[data-item="${name}"]`)
    return field && field.value !== '' ? Number(field.value) : null
  }
  const sums = form.dataset.sums.split(';').map((each) => each.split('=')).map(([total, items]) => [total, items.split(',')])
  const follow = () => {
    for (const [total, items] of sums) {
      const line = form.querySelector(`[data-sum="${total}"]`)
      const known = items.map(value).filter((each) => each !== null)
      if (!line) continue
      line.hidden = known.length === 0
      const sum = known.reduce((a, b) => a + b, 0)
      line.querySelector('output').textContent = written.format(sum)
      const stated = value(total)
      line.classList.toggle('off', stated !== null && Math.abs(stated - sum) > 3)
    }
  }
  form.addEventListener('input', follow)
  follow()
})()
