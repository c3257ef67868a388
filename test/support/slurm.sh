#!/bin/bash
# A real Slurm of one node with two CPUs on this machine, for tests: `slurm.sh start DIRECTORY`, `slurm.sh stop DIRECTORY`.
# Needs root and Debian's slurm-wlm; everything it writes is in DIRECTORY, and SLURM_CONF=DIRECTORY/slurm.conf points to it.
set -euo pipefail
what=$1
directory=$2
export SLURM_CONF=$directory/slurm.conf
if [ "$what" = stop ]; then
  for daemon in slurmd slurmctld; do
    pid=$(cat "$directory/$daemon.pid" 2>/dev/null || true)
    [ -n "$pid" ] && kill "$pid" 2>/dev/null || continue
    # the next one needs its port
    for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  done
  exit 0
fi
mkdir -p "$directory/state" "$directory/spool"
host=$(hostname -s)
# ports that a Slurm of the machine does not have
cat > "$SLURM_CONF" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/none
CryptoType=crypto/none
CredType=cred/none
# a requeued task waits until its old credential has expired: 120 s otherwise
AuthInfo=cred_expire=5
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
SlurmctldPort=${SLURM_TEST_PORT:-16817}
SlurmdPort=$((${SLURM_TEST_PORT:-16817} + 1))
StateSaveLocation=$directory/state
SlurmdSpoolDir=$directory/spool
SlurmctldPidFile=$directory/slurmctld.pid
SlurmdPidFile=$directory/slurmd.pid
SlurmctldLogFile=$directory/slurmctld.log
SlurmdLogFile=$directory/slurmd.log
ReturnToService=2
KillWait=30
JobRequeue=1
MailProg=/bin/true
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
[ "$(slurmctld -V | grep -oE '[0-9]+' | head -1)" -ge 23 ] || sed -i '/^CredType/d' "$SLURM_CONF"
[ "$(slurmctld -V | grep -oE '[0-9]+' | head -1)" -lt 23 ] || sed -i '/^CryptoType/d' "$SLURM_CONF"
slurmctld
slurmd
for _ in $(seq 40); do
  ! timeout 3 sinfo --noheader --format=%t 2>/dev/null | grep -qE '^(idle|mix|alloc)$' || exit 0
  sleep 0.5
done
echo "slurm.sh: expected an idle node, got: $(timeout 3 sinfo 2>&1 | tail -n 1); see $directory/*.log" >&2
exit 1
