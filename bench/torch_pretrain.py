"""One step of pretraining AlexNet over 2,000 people in PyTorch, the peer to measure against: same layers, groups, dropout,
local response normalisation, loss and optimiser as `ipcgan bench pretrain`.

    pip install torch==2.13.0 numpy
    python torch_pretrain.py --batch 32 --steps 6   # prints one JSON object
Random inputs and weights: only the time and the memory mean anything.
"""
import argparse, json, resource, statistics, time
import torch, torch.nn as nn

p = argparse.ArgumentParser()
p.add_argument('--batch', type=int, default=8)
p.add_argument('--steps', type=int, default=6, help='timed steps, after one warm-up step')
p.add_argument('--head-width', type=int, default=4096)
p.add_argument('--optimizer', choices=['momentum', 'adam'], default='momentum')
p.add_argument('--batch-norm', action='store_true')
a = p.parse_args()


def conv(i, o, k, s=1, pad=0, groups=1):
    return [nn.Conv2d(i, o, k, s, pad, groups=groups), *([nn.BatchNorm2d(o, eps=1e-3)] if a.batch_norm else []), nn.ReLU()]


def dense(i, o, drop=True):
    return [nn.Linear(i, o), *([nn.BatchNorm1d(o, eps=1e-3)] if a.batch_norm else []), nn.ReLU(), *([nn.Dropout(.5)] if drop else [])]


def pool():
    return nn.MaxPool2d(3, 2)


def lrn():
    # PyTorch divides alpha by the window, the original does not
    return nn.LocalResponseNorm(5, alpha=1e-4, beta=.75, k=1)


W = a.head_width
net = nn.Sequential(*conv(3, 96, 11, 4), pool(), lrn(), *conv(96, 256, 5, 1, 2, 2), pool(), lrn(), *conv(256, 384, 3, 1, 1),
                    *conv(384, 384, 3, 1, 1, 2), *conv(384, 256, 3, 1, 1, 2), pool(), nn.Flatten(),
                    *dense(9216, W), *dense(W, W), *dense(W, 256, False), nn.Linear(256, 2000)).to(memory_format=torch.channels_last)
if a.optimizer == 'adam':
    optimizer = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=5e-4)
else:
    optimizer = torch.optim.SGD(net.parameters(), 1e-3, momentum=.9, weight_decay=5e-4)
x = (torch.rand(a.batch, 3, 227, 227) * 240 - 110).contiguous(memory_format=torch.channels_last)
y = torch.arange(a.batch)
times = []
for step in range(a.steps + 1):
    t = time.perf_counter()
    loss = nn.functional.cross_entropy(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step:
        times.append(time.perf_counter() - t)
m = statistics.median(times)
print(json.dumps(dict(what=f'torch {torch.__version__}', batch=a.batch, head_width=W, optimizer=a.optimizer, step_seconds=round(m, 4),
                      fastest=round(min(times), 4), slowest=round(max(times), 4), images_per_second=round(a.batch / m, 3),
                      peak_rss_gb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 3))))
