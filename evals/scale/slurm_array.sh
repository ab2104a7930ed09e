#!/bin/bash
# A benchmark as a SLURM array job, one shard a job of the array.
#
#     N=8; JOB=$(sbatch --parsable --array=1-$N%4 slurm_array.sh TASK DATA RUN $N [FLAGS OF navig eval run])
#     sbatch --dependency=afterok:$JOB --wrap "navig eval merge RUN"
#
# DATA and RUN lie on a file system that all nodes share; make log/ before. What failed or was killed is sent again,
# with the same N: sbatch --array=3,7 slurm_array.sh TASK DATA RUN $N. It goes on from the last photo that was written.
#SBATCH --job-name=navig
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=4
#SBATCH --mem=8G
#SBATCH --requeue
#SBATCH --output=log/navig-%A-%a.txt
#SBATCH --open-mode=append

set -u
task=${1:?TASK} data=${2:?DATA} run=${3:?RUN} shards=${4:?N}
shift 4
# The number of shards is given, not taken from SLURM_ARRAY_TASK_COUNT, which is 2 when shards 3 and 7 are sent again.
"${NAVIG:-navig}" eval run "$task" --data "$data" --out "$run" --shard "$SLURM_ARRAY_TASK_ID/$shards" "$@"
code=$?
# 3: done, some photos failed and are counted so. Any other code but 0 keeps the merge from starting.
[ $code -eq 3 ] && exit 0
exit $code
