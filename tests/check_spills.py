"""check_spills.py OBJECT ...: no tile keeps an accumulator on the stack while it multiplies.

Disassembles compiled tiles (x86-64, objdump) and looks at the loops of every tile function: a
loop that multiplies must not refer to the stack.  If a compiler runs out of registers, the results
are still correct, but at half the speed, which no other test notices.
"""
import re
import subprocess
import sys


def functions(path):
    """Yields (name, [(address, instruction)]) of every tile function."""
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", path],
                          capture_output=True, text=True, check=True).stdout
    for part in re.split(r"\n(?=[0-9a-f]+ <)", text):
        name = re.match(r"[0-9a-f]+ <((?:gemm|gemm_tn)_\w+)>", part)
        if name:
            lines = re.findall(r"^\s*([0-9a-f]+):\s+(.*)$", part, re.M)
            yield name[1], [(int(at, 16), what) for at, what in lines]


def loops(code):
    """Bodies of innermost loops: from the target of a backward jump to the jump."""
    spans = []
    for at, what in code:
        jump = re.match(r"j\w+\s+([0-9a-f]+)", what)
        if jump and int(jump[1], 16) <= at:
            spans.append((int(jump[1], 16), at))
    for lo, hi in spans:
        if not any((a, b) != (lo, hi) and lo <= a and b <= hi for a, b in spans):
            yield [what for at, what in code if lo <= at <= hi]


def multiplies(body):
    return sum("fmadd" in what or "mulps" in what for what in body)


bad = seen = 0
for path in sys.argv[1:]:
    for name, code in functions(path):
        for body in filter(multiplies, loops(code)):
            seen += 1
            stack = [what for what in body if re.search(r"-?0x\w+\(%rsp\)|-0x\w+\(%rbp\)", what)
                     and re.search(r"%[xyz]mm", what)]
            if stack:
                bad += 1
                print(f"{path}: {name}: {stack[0]}")
print(f"{seen} loops, {bad} with spills")
sys.exit(bad > 0 or seen == 0)
