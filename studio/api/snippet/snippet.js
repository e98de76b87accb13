// Packshot: shows each shopper the image under test, and reports views and clicks. No dependency.
// `studio.api.routes.snippet` says how a page uses it.
(function () {
  'use strict';
  var script = document.currentScript;
  if (!script || window.packshot) return;
  var options = script.dataset;
  var base = script.src.replace(/\/v1\/snippet\.js.*$/, '');
  var query = options.key ? '?key=' + encodeURIComponent(options.key) : '';
  var timeout = Number(options.timeout) || 300;
  var LOAD = 2000; // ms that a chosen picture may take to load
  var known = new WeakMap();
  var KEPT = 'packshot-events'; // what no server has taken yet, for the next page
  var DAY = 86400000; // ms
  var queue = [];
  var sent = []; // on its way
  var pause = 0;
  var timer = 0;
  var allowed = options.consent !== 'required';
  var refused = navigator.doNotTrack === '1' || navigator.globalPrivacyControl === true;
  var style = document.createElement('style');
  // Hidden until decided; should anything here fail, the animation ends and shows the default.
  style.textContent = '@keyframes packshot{0%{opacity:0}}img[data-packshot-item]' +
    ':not([data-packshot]){animation:packshot ' + (timeout + LOAD) + 'ms step-end}';
  if (allowed && !refused) document.head.appendChild(style);

  function random() {
    if (window.crypto && crypto.randomUUID) return crypto.randomUUID();
    var text = '';
    while (text.length < 32) text += Math.floor(Math.random() * 16).toString(16);
    return text;
  }

  // The shopper's id: given by the shop, or kept on this site alone; without storage, this page's.
  function unitOf() {
    if (options.unit) return options.unit;
    var id = random();
    try {
      id = localStorage.getItem('packshot-unit') || id;
      localStorage.setItem('packshot-unit', id);
    } catch (e) { /* storage is off */ }
    return id;
  }

  function attributes() {
    try { return JSON.parse(options.attributes || '{}'); } catch (e) { return {}; }
  }

  function reveal(img, state) {
    if (!img.dataset.packshot || state === 'shown') img.dataset.packshot = state;
  }

  // The picture's box stays as it is, whatever the new picture's shape.
  function keepBox(img) {
    var box = img.getBoundingClientRect();
    var wide = img.naturalWidth || Number(img.getAttribute('width')) || box.width;
    var high = img.naturalHeight || Number(img.getAttribute('height')) || box.height;
    if (box.width > 1 && box.height > 1) { wide = box.width; high = box.height; }
    if (!wide || !high) return;
    img.style.aspectRatio = wide + ' / ' + high;
    if (getComputedStyle(img).objectFit === 'fill') img.style.objectFit = 'contain';
  }

  function swap(img, decision) {
    var url = decision.image.charAt(0) === '/' ? base + decision.image : decision.image;
    var next = new Image();
    function give() {
      next.onload = null;
      reveal(img, 'default');
    }
    var slow = setTimeout(give, LOAD);
    next.onerror = give;
    next.onload = function () {
      clearTimeout(slow);
      keepBox(img);
      var parent = img.parentNode;
      if (parent && parent.nodeName === 'PICTURE') {
        parent.querySelectorAll('source').forEach(function (one) { one.remove(); });
      }
      img.removeAttribute('srcset');
      img.src = url;
      show(img);
    };
    next.src = url;
  }

  function show(img) {
    var ready = img.decode ? img.decode() : Promise.resolve();
    ready.catch(function () {}).then(function () {
      reveal(img, 'shown');
      watch(img);
    });
  }

  function decided(images, answer, unit) {
    images.forEach(function (img, place) {
      var decision = answer.decisions[place];
      known.set(img, {
        unit: unit, item: decision.item, test: decision.reason === 'forced' ? null : decision.test,
        variant: decision.variant, segment: decision.segment, propensity: decision.propensity,
        snapshot: answer.snapshot
      });
      if (decision.image && decision.test) swap(img, decision); else reveal(img, 'default');
    });
  }

  function ask(images) {
    var unit = unitOf();
    var stop = new AbortController();
    var late = setTimeout(function () { stop.abort(); }, timeout);
    fetch(base + '/v1/decide' + query, {
      method: 'POST', credentials: 'omit', signal: stop.signal,
      body: JSON.stringify({
        unit: unit, attributes: attributes(), placement: options.placement,
        items: images.map(function (img) { return img.dataset.packshotItem; }),
        preview: new URLSearchParams(location.search).get('packshot_preview') || undefined
      })
    }).then(function (answer) {
      if (!answer.ok) throw answer.status;
      return answer.json();
    }).then(function (answer) { decided(images, answer, unit); }).catch(function () {
      images.forEach(function (img) { reveal(img, 'default'); });
    }).then(function () { clearTimeout(late); });
  }

  function scan() {
    if (!allowed || refused) return;
    var found = Array.from(document.querySelectorAll('img[data-packshot-item]')).filter(
      function (img) { return !known.has(img); });
    found.forEach(function (img) { known.set(img, {}); });
    while (found.length) ask(found.splice(0, 200));
  }

  // Seen: half of it in view for a second, in a page that is in front; once per image and page.
  var watcher = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      var seen = known.get(entry.target);
      clearTimeout(seen.timer);
      if (entry.intersectionRatio < 0.5 || document.hidden) return;
      seen.timer = setTimeout(function () {
        if (document.hidden || !allowed) return;
        watcher.unobserve(entry.target);
        seen.told = true;
        record('impression', seen);
      }, 1000);
    });
  }, { threshold: [0, 0.5] });

  // A shop's script may have made a copy of an image that was shown: that one is not known.
  function watch(img) {
    var seen = known.get(img);
    if (seen && seen.test && !seen.told) watcher.observe(img);
  }

  function watchAll() {
    document.querySelectorAll('img[data-packshot=shown]').forEach(function (img) {
      watcher.unobserve(img);
      watch(img);
    });
  }

  function forget() {
    queue = [];
    watcher.disconnect();
    try {
      localStorage.removeItem('packshot-unit');
      localStorage.removeItem(KEPT);
    } catch (e) { /* storage is off */ }
  }

  function kept() {
    var oldest = Date.now() - DAY;
    try {
      return JSON.parse(localStorage.getItem(KEPT) || '[]').filter(function (one) {
        return one.id && one.at > oldest;
      });
    } catch (e) { return []; }
  }

  function without(events, others) {
    var ids = others.map(function (one) { return one.id; });
    return events.filter(function (one) { return ids.indexOf(one.id) < 0; });
  }

  // Other tabs keep theirs in the same place. Sent twice, an event counts once: it has an id.
  function keep(events) {
    var last = events.slice(-200);
    try {
      if (last.length) localStorage.setItem(KEPT, JSON.stringify(last));
      else localStorage.removeItem(KEPT);
    } catch (e) { /* storage is off, or full */ }
  }

  function keepUnsent() {
    var mine = sent.concat(queue);
    if (allowed && mine.length) keep(without(kept(), mine).concat(mine));
  }

  // What the server took, or never will, waits no more; anything else goes to the front again.
  function settle(part, status) {
    sent = [];
    if (status && status !== 408 && status !== 429 && status < 500) {
      var stored = kept();
      if (stored.length) keep(without(stored, part));
      pause = 0;
      if (queue.length) later(0);
      return;
    }
    if (!allowed) return;
    queue = part.concat(queue).slice(-200);
    keepUnsent();
    pause = Math.min(pause * 2 || 2000, 60000);
    clearTimeout(timer);
    timer = 0;
    later(pause);
  }

  function record(type, seen) {
    if (!allowed) return;
    queue.push({
      at: Date.now(), id: random().replace(/-/g, ''), type: type, unit: seen.unit, item: seen.item,
      test: seen.test, variant: seen.variant, segment: seen.segment,
      propensity: seen.propensity, snapshot: seen.snapshot, agent: navigator.userAgent.slice(0, 300)
    });
    if (!pause) later(type === 'click' ? 0 : 500);
  }

  function later(wait) {
    if (!timer) timer = setTimeout(function () { timer = 0; flush(); }, wait);
  }

  // A time is told of what is late alone: the server's clock is better than the shopper's.
  function body(events) {
    var now = Date.now();
    return JSON.stringify({ events: events.map(function (one) {
      var told = Object.assign({}, one);
      delete told.at;
      if (now - one.at > 60000) told.ts = one.at / 1000;
      return told;
    }) });
  }

  // One request at a time, which outlives the page. Only the answer says whether it was taken.
  function flush() {
    if (!allowed || sent.length || !queue.length) return;
    var part = sent = queue.splice(0, 50);
    fetch(base + '/v1/events' + query, {
      method: 'POST', credentials: 'omit', keepalive: true, body: body(part)
    }).then(function (answer) { settle(part, answer.status); }, function () { settle(part, 0); });
  }

  // No answer is heard here: the next page of this site sends all of it once more.
  function leave() {
    keepUnsent();
    // Where requests end with their page, beacons do not.
    if (!('keepalive' in Request.prototype)) queue = sent.concat(queue);
    while (queue.length) {
      if (!navigator.sendBeacon(base + '/v1/events' + query, body(queue.splice(0, 50)))) return;
    }
  }

  // What former pages of this site could not bring to a server.
  function resume() {
    queue = without(kept(), sent.concat(queue)).concat(queue);
    if (queue.length) later(0);
  }

  // A click on the image, or on the link or card that it belongs to.
  document.addEventListener('click', function (event) {
    var place = event.target.closest && event.target.closest('a,button,img,[data-packshot-card]');
    while (place) {
      var img = place.matches('img') ? place : place.querySelector('img[data-packshot-item]');
      var seen = img && known.get(img);
      if (seen && seen.test && img.dataset.packshot === 'shown') {
        record('click', seen);
        return;
      }
      place = place.parentElement && place.parentElement.closest('a,button,[data-packshot-card]');
    }
  }, true);
  document.addEventListener('visibilitychange', function () {
    if (!document.hidden) { watchAll(); return; }
    if (!pause) flush();
    keepUnsent();
  });
  window.addEventListener('pagehide', leave);

  window.packshot = {
    scan: scan,
    flush: flush,
    consent: function (given) {
      allowed = given === true;
      if (!allowed) { forget(); return; }
      resume();
      scan();
      watchAll();
    }
  };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', scan);
  if (allowed && !refused) resume();
  scan();
})();
