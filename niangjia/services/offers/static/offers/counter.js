/* Reads codes at the counter. A scanner starts, stops and tells what it read; which one is used depends on what there is:
   WeChat's own, the browser's detector, or jsQR. Typing needs none of them. Words come from the page. */
(() => {
  "use strict";

  const place = document.querySelector("[data-camera]");
  const form = document.querySelector("[data-scan-form]");
  if (!place || !form) return;

  const words = place.dataset;
  const video = place.querySelector("[data-video]");
  const says = place.querySelector("[data-says]");
  const say = (text) => { says.textContent = text; };

  class CameraScanner {
    constructor(onCode) { this.onCode = onCode; this.running = false; }

    async start() {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      video.srcObject = stream;
      await video.play();
      this.running = true;
      this.next();
    }

    stop() {
      this.running = false;
      (video.srcObject ? video.srcObject.getTracks() : []).forEach((track) => track.stop());
      video.srcObject = null;
    }

    async next() {
      if (!this.running) return;
      const text = video.videoWidth ? await this.read().catch(() => "") : "";
      if (text) this.onCode(text);
      setTimeout(() => this.next(), 150);
    }
  }

  class DetectorScanner extends CameraScanner {
    async read() {
      this.detector = this.detector || new window.BarcodeDetector({ formats: ["qr_code"] });
      const found = await this.detector.detect(video);
      return found.length ? found[0].rawValue : "";
    }
  }

  class PixelScanner extends CameraScanner {
    async read() {
      this.canvas = this.canvas || document.createElement("canvas");
      const scale = Math.min(1, 640 / video.videoWidth);
      this.canvas.width = Math.round(video.videoWidth * scale);
      this.canvas.height = Math.round(video.videoHeight * scale);
      const context = this.canvas.getContext("2d", { willReadFrequently: true });
      context.drawImage(video, 0, 0, this.canvas.width, this.canvas.height);
      const image = context.getImageData(0, 0, this.canvas.width, this.canvas.height);
      const found = window.jsQR(image.data, image.width, image.height, { inversionAttempts: "dontInvert" });
      return found ? found.data : "";
    }
  }

  class WeChatScanner {
    constructor(onCode) { this.onCode = onCode; }

    async start() {
      window.wx.scanQRCode({ needResult: 1, scanType: ["qrCode"], success: (found) => this.onCode(found.resultStr) });
    }

    stop() {}
  }

  const scanner = async (onCode) => {
    if (window.wx && window.wx.scanQRCode) return new WeChatScanner(onCode);
    if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) return null;
    const formats = window.BarcodeDetector ? await window.BarcodeDetector.getSupportedFormats().catch(() => []) : [];
    return formats.includes("qr_code") ? new DetectorScanner(onCode) : new PixelScanner(onCode);
  };

  const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");

  let last = "";
  const tell = (text) => {
    if (text === last) return;
    last = text;
    setTimeout(() => { last = ""; }, 4000);
    if (navigator.vibrate) navigator.vibrate(60);
    form.querySelector("[data-text]").value = text;
    form.requestSubmit();
  };

  form.addEventListener("submit", () => { form.querySelector("[data-nonce]").value = fresh(); }, true);
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) form.querySelector("[data-text]").value = "";
  });
  const lost = () => say(words.offline);
  document.body.addEventListener("htmx:sendError", (event) => {
    lost();
    const told = event.target.closest("[data-unknown]");
    if (told) say(told.dataset.unknown);
  });
  window.addEventListener("offline", lost);
  window.addEventListener("online", () => say(""));

  place.hidden = false;
  if (!window.isSecureContext) {
    say(words.insecure);
    place.querySelector("[data-open]").hidden = true;
    return;
  }
  place.querySelector("[data-open]").addEventListener("click", async () => {
    const chosen = await scanner(tell);
    if (!chosen) { say(words.denied); return; }
    try {
      place.classList.add("is-open");
      await chosen.start();
    } catch {
      place.classList.remove("is-open");
      say(words.denied);
    }
    window.addEventListener("pagehide", () => chosen.stop(), { once: true });
  });
})();
