/* The questionnaire: seals each visit for the office, keeps it on the device, sends it when there is a network. Without a secure
   context (HTTPS, or this machine) there is neither storage nor sealing: then the form goes the plain way and this only helps. */
(() => {
  const root = document.querySelector('[data-field]')
  if (!root) return
  const find = (name) => root.querySelector(`[data-${name}]`)
  const form = find('questionnaire')
  const word = (name) => find('words').content.querySelector(`[data-word="${name}"]`).textContent
  const owner = root.dataset.owner

  /* --- the form: questions only where there was an interview, and what is still open -------------------------------------- */
  const outcome = () => form.querySelector('[name=outcome]:checked')?.value
  const follow = () => (find('questions').hidden = outcome() !== 'complete')
  const open = () => {
    const groups = [...form.querySelectorAll('.field')].filter((field) => !field.closest('[hidden]'))
    const empty = groups.filter((field) => {
      const select = field.querySelector('select')
      return select ? !select.value : !field.querySelector(':checked')
    })
    for (const field of groups) field.classList.toggle('missing', empty.includes(field))
    find('open').hidden = empty.length === 0
    empty[0]?.scrollIntoView({ block: 'center' })
    empty[0]?.querySelector('select, input')?.focus({ preventScroll: true })
    return empty.length > 0
  }
  form?.addEventListener('change', (event) => {
    follow()
    event.target.closest('.missing')?.classList.remove('missing')
  })
  if (form) follow()

  if (!window.isSecureContext || !window.indexedDB || !crypto.subtle || !navigator.serviceWorker) {
    form?.addEventListener('submit', (event) => open() && event.preventDefault())
    return
  }
  find('plain').hidden = true
  find('waiting').hidden = false

  /* --- what waits on the device ------------------------------------------------------------------------------------------- */
  const ready = new Promise((resolve, reject) => {
    const asked = indexedDB.open('hanfeng-literacy', 1)
    asked.onupgradeneeded = () => asked.result.createObjectStore('visits', { keyPath: 'uuid' })
    asked.onsuccess = () => resolve(asked.result)
    asked.onerror = () => reject(asked.error)
  })
  const store = async (mode, act) => {
    const kept = await ready
    return new Promise((resolve, reject) => {
      const turn = kept.transaction('visits', mode, { durability: 'strict' })
      const asked = act(turn.objectStore('visits'))
      turn.oncomplete = () => resolve(asked.result)
      turn.onabort = turn.onerror = () => reject(turn.error)
    })
  }
  const put = (visit) => store('readwrite', (visits) => visits.put(visit))
  const drop = (uuid) => store('readwrite', (visits) => visits.delete(uuid))
  const all = () => store('readonly', (visits) => visits.getAll())

  /* --- sealing: the office can open it, this device cannot any more ------------------------------------------------------- */
  const text = new TextEncoder()
  const coded = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
  const decoded = (words) => Uint8Array.from(atob(words), (sign) => sign.charCodeAt(0))
  const curve = { name: 'ECDH', namedCurve: 'P-256' }
  const seal = async (wave, told, bound) => {
    const office = await crypto.subtle.importKey('raw', decoded(JSON.parse(root.dataset.keys)[wave]), curve, false, [])
    const own = await crypto.subtle.generateKey(curve, false, ['deriveBits'])
    const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: office }, own.privateKey, 256)
    const base = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey'])
    const how = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: text.encode('hanfeng literacy answer') }
    const key = await crypto.subtle.deriveKey(how, base, { name: 'AES-GCM', length: 256 }, false, ['encrypt'])
    const iv = crypto.getRandomValues(new Uint8Array(12))
    const data = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: text.encode(bound) }, key, text.encode(JSON.stringify(told)))
    return { key: coded(await crypto.subtle.exportKey('raw', own.publicKey)), iv: coded(iv), data: coded(data) }
  }

  /* --- sending ------------------------------------------------------------------------------------------------------------ */
  let expired = false
  const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? ''
  const post = async (visit) => {
    const { uuid, slot, key, iv, data } = visit
    const headers = { 'Content-Type': 'application/json', 'X-CSRFToken': token() }
    const answer = await fetch(root.dataset.send, { method: 'POST', headers, redirect: 'manual', body: JSON.stringify({ uuid, slot, key, iv, data }) })
    if (answer.status === 200 || answer.status === 201) return drop(uuid)
    const told = await answer.json().catch(() => null)
    if (told && [400, 403, 413, 422].includes(answer.status)) return put({ ...visit, refused: told.why })
    expired = true // 401, a page to sign in on, or a token of a session that is over
    return null
  }
  let busy = false
  const send = async ({ again = false } = {}) => {
    if (busy || !navigator.onLine) return show()
    busy = true
    expired = false
    try {
      for (const visit of await all()) {
        if (visit.owner !== owner || (visit.refused && !again)) continue
        await post(visit)
        if (expired) break
      }
    } catch {
      // no network after all: everything stays
    } finally {
      busy = false
    }
    return show()
  }

  /* --- telling ------------------------------------------------------------------------------------------------------------ */
  const show = async () => {
    const visits = await all()
    const mine = visits.filter((visit) => visit.owner === owner && !visit.refused)
    const others = visits.filter((visit) => visit.owner !== owner).length
    const said = mine.length === 0 ? [word('ready')] : [word(expired ? 'expired' : 'wait').replace('{n}', mine.length)]
    if (others) said.push(word('foreign').replace('{n}', others))
    find('status').textContent = said.join(' ')
    find('status').dataset.count = mine.length
    find('sign-in-link').hidden = !expired
    const list = find('refused')
    const refused = visits.filter((visit) => visit.owner === owner && visit.refused)
    list.hidden = refused.length === 0
    list.replaceChildren(...refused.map((visit) => {
      const line = document.createElement('li')
      line.textContent = `${visit.label} · ${word('refused')}: ${visit.refused}`
      return line
    }))
    const gone = new Set(visits.map((visit) => String(visit.slot)))
    for (const option of form?.querySelectorAll('[name=slot] option') ?? []) {
      if (option.value && gone.has(option.value)) option.disabled = option.hidden = true
    }
  }

  /* --- keeping a visit ---------------------------------------------------------------------------------------------------- */
  const keep = async () => {
    const told = Object.fromEntries(new FormData(form))
    const { slot, uuid: _drawn, csrfmiddlewaretoken: _token, ...answers } = told
    const choice = form.querySelector('[name=slot]').selectedOptions[0]
    const uuid = crypto.randomUUID()
    const body = { ...(answers.outcome === 'complete' ? answers : { outcome: answers.outcome }), taken_at: new Date().toISOString() }
    const sealed = await seal(choice.dataset.wave, body, `${uuid}|${slot}`)
    await put({ uuid, slot: Number(slot), owner, label: choice.textContent.split('·')[0].trim(), refused: '', ...sealed })
    form.reset()
    follow()
    await show()
    find('status').textContent = `${word('kept')} ${find('status').textContent}`
    scrollTo(0, 0)
  }
  let keeping = false
  form?.addEventListener('submit', (event) => {
    event.preventDefault()
    if (keeping || open()) return
    keeping = true
    keep().then(() => send(), () => (find('status').textContent = word('full'))).finally(() => (keeping = false))
  })
  find('send-now').addEventListener('click', () => send({ again: true }))
  addEventListener('online', () => send())
  document.addEventListener('visibilitychange', () => document.hidden || send())

  /* --- the page itself without a network ---------------------------------------------------------------------------------- */
  navigator.storage?.persist?.()
  navigator.serviceWorker.addEventListener('message', (event) => {
    if (event.data === 'kept') root.dataset.offline = 'ready'
  })
  navigator.serviceWorker.register(root.dataset.worker).then(() => navigator.serviceWorker.ready).then(({ active }) => {
    const parts = performance.getEntriesByType('resource').map((entry) => entry.name).filter((url) => new URL(url).pathname.startsWith('/static/'))
    active.postMessage({ keep: parts })
  }).catch(() => {})
  send()
})()
