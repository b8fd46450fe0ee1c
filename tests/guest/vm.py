# SPDX-License-Identifier: MIT
"""A virtual machine with a virtio-gpu and a window that can be looked at."""

import ctypes
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import time
import zlib

WIDTH, HEIGHT = 1280, 800
# QEMU's window is created with 640x480 in the middle of the screen, and grows from there to
# the guest's size with its corner where it is: this is the screen in which it then just fits.
CORNER_X, CORNER_Y = WIDTH - 640, HEIGHT - 480
SCREEN = f"{WIDTH + CORNER_X}x{HEIGHT + CORNER_Y}x24"


class VmError(Exception):
    """The guest did not do what it was asked to."""


def die_with_parent():
    """QEMU and Xvfb must not outlive a run which was killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def write_png(path, width, height, rgb):
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data +
                struct.pack(">I", zlib.crc32(kind + data)))
    rows = b"".join(b"\0" + rgb[y * width * 3:(y + 1) * width * 3] for y in range(height))
    with open(path, "wb") as out:
        out.write(b"\x89PNG\r\n\x1a\n" +
                  chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
                  chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b""))


class Screen:
    """A private X server whose picture is a file (XWD, written by Xvfb itself)."""

    def __init__(self, directory):
        self.directory = directory
        os.makedirs(directory, exist_ok=True)
        reader, writer = os.pipe()
        with open(os.path.join(directory, "xvfb.log"), "wb") as log:
            self.process = subprocess.Popen(
                ["Xvfb", "-displayfd", str(writer), "-screen", "0", SCREEN,
                 "-fbdir", directory, "-nolisten", "tcp", "-noreset"],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, pass_fds=[writer],
                preexec_fn=die_with_parent)
        os.close(writer)
        # Xvfb writes the number and the newline apart, and dies when nobody reads the second.
        text = b""
        while not text.endswith(b"\n") and select.select([reader], [], [], 20)[0]:
            data = os.read(reader, 16)
            text += data
            if not data:
                break
        os.close(reader)
        number = text.decode().strip()
        if not number:
            self.close()
            raise VmError("Xvfb does not start")
        self.display = ":" + number

    def pixels(self):
        """QEMU's window as bytes B, G, R, x."""
        with open(os.path.join(self.directory, "Xvfb_screen0"), "rb") as file:
            data = file.read()
        head = struct.unpack(">25I", data[:100])
        stride, colors = head[12], head[19]
        if head[11] != 32 or len(data) < head[0] + 12 * colors + head[5] * stride:
            raise VmError("Xvfb has an unexpected pixel format")
        start = head[0] + 12 * colors + CORNER_Y * stride + CORNER_X * 4
        return b"".join(data[start + y * stride:start + y * stride + WIDTH * 4]
                        for y in range(HEIGHT))

    def shoot(self, path):
        bgrx = self.pixels()
        rgb = bytearray(WIDTH * HEIGHT * 3)
        rgb[0::3], rgb[1::3], rgb[2::3] = bgrx[2::4], bgrx[1::4], bgrx[0::4]
        write_png(path, WIDTH, HEIGHT, bytes(rgb))

    def wait_still(self, quiet=0.35, limit=10):
        """Waits until the picture stays the same for a while, longer than QEMU's refresh."""
        end, last, since = time.monotonic() + limit, None, time.monotonic()
        while time.monotonic() < end:
            now = zlib.adler32(self.pixels())
            if now != last:
                last, since = now, time.monotonic()
            elif time.monotonic() - since >= quiet:
                return True
            time.sleep(0.05)
        return False

    def close(self):
        self.process.terminate()
        self.process.wait()


class Vm:
    """A booted guest; requests go over a serial line, files over a shared directory."""

    def __init__(self, guest, out, tools=None, device="gl", oracle=None, extra=(), outputs=1):
        for tool in ("qemu-system-x86_64", "Xvfb"):
            if not shutil.which(tool):
                raise VmError(f"{tool} is missing (see tests/guest/README.md)")
        self.out, self.tail, self.process = out, b"", None
        self.screen = Screen(os.path.join(out, ".screen"))
        here = os.path.dirname(os.path.abspath(__file__))
        theirs, self.control = socket.socketpair()
        monitor, self.monitor = socket.socketpair()
        accel = os.environ.get("VGPU_ACCEL", "tcg")
        # Told that a processor is quick at `rep movsb`, everybody copies with it; emulated it goes a
        # byte at a time, ten times slower than the loop that they have otherwise.
        cpu = ["-accel", "tcg,thread=multi", "-cpu", "max,-erms,-fsrm"] if accel == "tcg" else \
              ["-accel", accel, "-cpu", "host"]

        def share(tag, path, mode):
            return ["-fsdev", f"local,id={tag},path={path},security_model=none{mode}",
                    "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"]
        command = (
            ["qemu-system-x86_64", "-M", "q35", *cpu, "-smp", "2", "-m", "2G",
             "-nodefaults", "-no-user-config", "-no-reboot", "-vga", "none",
             "-kernel", f"{guest}/vmlinuz", "-initrd", f"{guest}/initrd", "-append",
             "console=ttyS0 quiet panic=-1 mitigations=off vt.global_cursor_default=0 "
             "consoleblank=0 nowatchdog no_timer_check",
             "-serial", f"file:{out}/console.log",
             "-chardev", f"socket,id=control,fd={theirs.fileno()}", "-serial", "chardev:control",
             "-chardev", f"socket,id=monitor,fd={monitor.fileno()}", "-mon", "monitor,mode=control"] +
            share("root", f"{guest}/root", ",readonly=on") +
            share("vgpu", here, ",readonly=on") + share("out", out, "") +
            (share("tools", os.path.abspath(tools), ",readonly=on") if tools else []) +
            ["-device", f"virtio-gpu-{'gl-' if device == 'gl' else ''}pci,"
             f"id=gpu,xres={WIDTH},yres={HEIGHT},max_outputs={outputs}",
             "-display", f"sdl,gl={'on' if device == 'gl' else 'off'}", *extra])
        env = dict(os.environ, DISPLAY=self.screen.display, SDL_VIDEODRIVER="x11",
                   LIBGL_ALWAYS_SOFTWARE="1")
        env.pop("WAYLAND_DISPLAY", None)
        env.pop("XAUTHORITY", None)
        if oracle:
            env.update(LD_PRELOAD=os.path.abspath(oracle), VGPU_ORACLE=f"{out}/oracle.bin")
        try:
            with open(f"{out}/qemu.log", "wb") as log:
                self.process = subprocess.Popen(
                    command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    pass_fds=[theirs.fileno(), monitor.fileno()], preexec_fn=die_with_parent)
            theirs.close()
            monitor.close()
            self.kernel = self.receive("ready", 120)
            self.monitor.sendall(b'{"execute": "qmp_capabilities"}')
        except BaseException as error:
            self.close()
            if isinstance(error, VmError):
                error.args = (f"{error}\n{self.failure_text().rstrip()}",)
            raise

    def receive(self, verb, limit):
        """The rest of the guest's next line, which must begin with verb."""
        end = time.monotonic() + limit
        while b"\n" not in self.tail:
            left = end - time.monotonic()
            if left <= 0:
                raise VmError(f"no \"{verb}\" from the guest in {limit} s")
            if select.select([self.control], [], [], left)[0]:
                data = self.control.recv(4096)
                if not data:
                    code = self.process.wait(10)
                    how = f"QEMU died, signal {-code}" if code < 0 else "the guest ended"
                    raise VmError(f"{how} before its \"{verb}\"")
                self.tail += data
        line, self.tail = self.tail.split(b"\n", 1)
        word, _, rest = line.decode(errors="replace").strip().partition(" ")
        if word != verb:
            raise VmError(f"the guest said \"{word} {rest}\", not \"{verb}\"")
        return rest

    def send(self, line):
        self.control.sendall(line.encode() + b"\n")

    def shoot_output(self, head, path):
        """The picture on one output, as the device has it: not that of a device with 3D."""
        self.monitor.sendall(json.dumps({"execute": "screendump", "id": path, "arguments": {
            "filename": os.path.abspath(path), "device": "gpu", "head": head,
            "format": "png"}}).encode())
        with self.monitor.makefile() as file:
            for line in file:
                answer = json.loads(line)
                if "error" in answer:
                    raise VmError(f"screendump: {answer['error']['desc']}")
                if answer.get("id") == path:
                    return

    def failure_text(self):
        """What the guest's kernel and QEMU said last."""
        text = ""
        for name in ("console.log", "qemu.log"):
            try:
                with open(os.path.join(self.out, name), errors="replace") as file:
                    lines = file.read().splitlines()[-25:]
            except OSError:
                continue
            if lines:
                text += f"--- end of {name}\n" + "\n".join(lines) + "\n"
        return text

    def close(self):
        if self.process and self.process.poll() is None:
            try:
                self.send("quit")
                self.process.wait(5)
            except (OSError, subprocess.TimeoutExpired):
                self.process.kill()
                self.process.wait()
        self.control.close()
        self.monitor.close()
        self.screen.close()
        shutil.rmtree(self.screen.directory, ignore_errors=True)
