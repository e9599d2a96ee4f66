// The list of textures: only those in sight are elements of the page, however many there are.
'use strict'

const WIDTH = 164
const HEIGHT = 204
const GAP = 8
const AHEAD = 2 // rows above and below what is in sight

const index = Object.fromEntries(COLUMNS.map((name, place) => [name, place]))
const of = (texture, name) => texture[index[name]]
const element = id => document.getElementById(id)

const list = element('list')
const space = element('space')
let shown = TEXTURES
const made = new Map() // place in `shown` -> element

function address (texture, file) {
  return `textures/${encodeURIComponent(of(texture, 'name'))}/out/` +
    file.split('/').map(encodeURIComponent).join('/')
}

function withText (tag, text, name = '') {
  const node = document.createElement(tag)
  node.textContent = text
  node.className = name
  return node
}

function columns () {
  return Math.max(1, Math.floor((list.clientWidth - GAP) / (WIDTH + GAP)))
}

// Elements for the rows in sight, and none for others.
function draw () {
  const across = columns()
  const rows = Math.ceil(shown.length / across)
  space.style.height = `${rows * (HEIGHT + GAP) + GAP}px`
  const first = Math.max(0, Math.floor(list.scrollTop / (HEIGHT + GAP)) - AHEAD)
  const last = Math.ceil((list.scrollTop + list.clientHeight) / (HEIGHT + GAP)) + AHEAD
  const from = first * across
  const to = Math.min(shown.length, last * across)
  for (const [place, node] of made) {
    if (place < from || place >= to) {
      node.remove()
      made.delete(place)
    }
  }
  for (let place = from; place < to; place++) {
    let node = made.get(place)
    if (!node) {
      node = item(shown[place])
      made.set(place, node)
      space.append(node)
    }
    node.style.left = `${GAP + (place % across) * (WIDTH + GAP)}px`
    node.style.top = `${GAP + Math.floor(place / across) * (HEIGHT + GAP)}px`
  }
}

function item (texture) {
  const node = document.createElement('button')
  node.className = `item ${of(texture, 'state')}`
  node.style.width = `${WIDTH}px`
  node.style.height = `${HEIGHT}px`
  if (of(texture, 'state') === 'released') {
    const image = document.createElement('img')
    image.loading = 'lazy'
    image.alt = ''
    image.src = address(texture, 'thumb.jpg')
    node.append(image)
  } else {
    node.append(withText('div', of(texture, 'reason') || of(texture, 'state'), 'none'))
  }
  node.append(withText('b', of(texture, 'name')), withText('span', line(texture)))
  node.addEventListener('click', () => open(texture))
  return node
}

function line (texture) {
  if (of(texture, 'state') !== 'released') return of(texture, 'state')
  const merit = of(texture, 'merit')
  const figure = merit === null ? `error ${of(texture, 'error')}` : `merit ${merit}`
  const maps = of(texture, 'maps').split(' ').length
  return maps > 1 ? `${figure}, ${maps} maps` : figure
}

// All that is known of one texture.
function open (texture) {
  const files = of(texture, 'files')
  const body = element('card-body')
  element('card-name').textContent = of(texture, 'name')
  body.replaceChildren()
  const sheet = files.find(file => file.endsWith('_sheet.png'))
  if (sheet) {
    const image = document.createElement('img')
    image.alt = 'the exemplar, and four pictures of the net'
    image.src = address(texture, sheet)
    body.append(image)
  }
  if (of(texture, 'reason')) body.append(withText('p', of(texture, 'reason'), 'reason'))
  for (const found of of(texture, 'advice')) body.append(withText('p', found))
  body.append(facts(texture), links(texture, files))
  element('card').showModal()
}

function facts (texture) {
  const rows = document.createElement('dl')
  const size = of(texture, 'height') && `${of(texture, 'height')}×${of(texture, 'width')} pixels`
  const own = Object.entries(of(texture, 'options')).map(pair => pair.join('=')).join(' ')
  const said = {
    state: of(texture, 'state'),
    exemplar: [of(texture, 'exemplar'), size].filter(Boolean).join(', '),
    licence: of(texture, 'licence'),
    maps: of(texture, 'maps'),
    options: own,
    steps: of(texture, 'steps'),
    seconds: of(texture, 'seconds'),
    error: of(texture, 'error'),
    merit: of(texture, 'merit'),
    parameters: of(texture, 'parameters'),
    bytes: of(texture, 'bytes'),
    fingerprint: of(texture, 'fingerprint')
  }
  for (const [name, value] of Object.entries(said)) {
    if (value === null || value === '') continue
    rows.append(withText('dt', name), withText('dd', String(value)))
  }
  return rows
}

function links (texture, files) {
  const paragraph = document.createElement('p')
  for (const file of files) {
    const link = withText('a', file.endsWith('.html') ? `${file} (draws it here)` : file)
    link.href = address(texture, file)
    paragraph.append(link, ' ')
  }
  return paragraph
}

// What is wanted, in the order that is wanted.
function choose () {
  const words = element('text').value.toLowerCase().split(/\s+/).filter(Boolean)
  const wanted = ['state', 'maps', 'licence'].map(name => [name, element(name).value])
  shown = TEXTURES.filter((texture, place) =>
    wanted.every(([name, value]) => !value || of(texture, name) === value) &&
    words.every(word => searched[place].includes(word)))
  const order = element('order').value
  const key = order.replace('-', '')
  const sign = order.startsWith('-') ? -1 : 1
  if (key !== 'name') {
    shown.sort((a, b) => {
      const [x, y] = [of(a, key), of(b, key)]
      if (x === null || y === null) return (x === null) - (y === null)
      return sign * (x - y)
    })
  }
  for (const node of made.values()) node.remove()
  made.clear()
  list.scrollTop = 0
  tell()
  draw()
}

function tell () {
  const failed = TEXTURES.filter(texture => of(texture, 'state') === 'failed').length
  const all = `${COUNTS.released} of ${COUNTS.all} released`
  const some = shown.length < TEXTURES.length ? `, ${shown.length} shown` : ''
  element('counts').textContent = all + (failed ? `, ${failed} failed` : '') + some
}

function fill (name) {
  const values = new Set(TEXTURES.map(texture => of(texture, name)).filter(Boolean))
  for (const value of [...values].sort()) element(name).append(new Option(value, value))
}

const searched = TEXTURES.map(texture => [
  of(texture, 'name'), of(texture, 'exemplar'), of(texture, 'reason'), ...of(texture, 'advice')
].join(' ').toLowerCase())
for (const name of ['state', 'maps', 'licence']) {
  fill(name)
  element(name).addEventListener('change', choose)
}
element('order').addEventListener('change', choose)
element('text').addEventListener('input', choose)
element('filters').addEventListener('submit', event => event.preventDefault())
element('close').addEventListener('click', () => element('card').close())
list.addEventListener('scroll', draw, { passive: true })
new ResizeObserver(draw).observe(list)
tell()
draw()
document.body.dataset.ready = 'true'
