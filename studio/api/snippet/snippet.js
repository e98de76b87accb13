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
  var queue = [];
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
    try { localStorage.removeItem('packshot-unit'); } catch (e) { /* storage is off */ }
  }

  function record(type, seen) {
    if (!allowed) return;
    queue.push({
      id: random().replace(/-/g, ''), type: type, unit: seen.unit, item: seen.item,
      test: seen.test, variant: seen.variant, segment: seen.segment,
      propensity: seen.propensity, snapshot: seen.snapshot, agent: navigator.userAgent.slice(0, 300)
    });
    later(type === 'click' ? 0 : 500);
  }

  function later(wait) {
    if (!timer) timer = setTimeout(function () { timer = 0; flush(); }, wait);
  }

  // The browser takes a beacon whole or not at all; what it refuses waits for the next try.
  function flush() {
    while (queue.length) {
      var part = queue.slice(0, 50);
      var body = JSON.stringify({ events: part });
      if (!navigator.sendBeacon(base + '/v1/events' + query, body)) { later(2000); return; }
      queue.splice(0, part.length);
    }
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
    if (document.hidden) flush(); else watchAll();
  });
  window.addEventListener('pagehide', flush);

  window.packshot = {
    scan: scan,
    flush: flush,
    consent: function (given) {
      allowed = given === true;
      if (!allowed) { forget(); return; }
      scan();
      watchAll();
    }
  };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', scan);
  scan();
})();
