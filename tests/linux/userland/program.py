"""Work for the guest's Python: the same output on every machine with IEEE 754."""

import hashlib
import json
import math
import random
import re
import struct

source = random.Random(7)
words = [f"{source.getrandbits(40):x}" for _ in range(20000)]
by_head = {}
for word in words:
    by_head.setdefault(word[:2], []).append(word)
text = json.dumps({head: sorted(by_head[head]) for head in sorted(by_head)})
numbers = sorted(math.sqrt(source.random()) / (1 + source.random()) for _ in range(20000))
digest = hashlib.sha256(text.encode())
digest.update(struct.pack(f"<{len(numbers)}d", *numbers))
digest.update(str(math.fsum(numbers)).encode())
digest.update(str(2**4000 % (10**500 + 7)).encode())
digest.update(" ".join(re.findall("[a-f]+[0-9]{2,}", text)).encode())
print("python", digest.hexdigest())
