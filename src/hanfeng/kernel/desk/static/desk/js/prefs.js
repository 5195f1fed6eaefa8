/* Theme and type size, before the first paint. Kept on this machine only; nothing here is needed to read a page. */
(() => {
  const root = document.documentElement
  const names = { theme: ['auto', 'light', 'dark'], size: ['normal', 'large'] }
  const read = (name) => {
    try {
      const kept = localStorage.getItem(`hanfeng.${name}`)
      return names[name].includes(kept) ? kept : names[name][0]
    } catch {
      return names[name][0]
    }
  }
  const apply = (name, value) => {
    if (value === names[name][0]) delete root.dataset[name]
    else root.dataset[name] = value
  }
  const press = () => {
    for (const button of document.querySelectorAll('[data-pref]')) {
      const { pref, value } = button.dataset
      button.setAttribute('aria-pressed', String(read(pref) === value))
    }
  }
  root.classList.add('js')
  for (const name of Object.keys(names)) apply(name, read(name))
  addEventListener('DOMContentLoaded', press)
  addEventListener('click', (event) => {
    const button = event.target.closest('[data-pref]')
    if (!button) return
    const { pref, value } = button.dataset
    // a button that is the only one of its kind turns the choice off again
    const alone = button.hasAttribute('data-toggle')
    const chosen = alone && read(pref) === value ? names[pref][0] : value
    try {
      localStorage.setItem(`hanfeng.${pref}`, chosen)
    } catch {
      /* a browser that keeps nothing still obeys until the next page */
    }
    apply(pref, chosen)
    press()
    dispatchEvent(new CustomEvent('hanfeng:prefs'))
  })
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => dispatchEvent(new CustomEvent('hanfeng:prefs')))
})()
