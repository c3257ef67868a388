// One worker of the tests: node team-worker.cjs '{"hosts": […], "rank": 0}' WORK. Prints what came of it as one line of JSON.
const { joinTeam } = require('../../dist/distributed/team.js');
const { tf } = require('../../dist/engine/tf.js');

const cluster = JSON.parse(process.argv[2]);
const work = process.argv[3];
const { rank, hosts } = cluster;
const say = (result) => process.stdout.write(`${JSON.stringify(result)}\n`);

const WORKS = {
  exchange: async (team) => {
    const size = 100_003;
    const { means, sums } = team.during(() =>
      team.reduce([tf.fill([size], rank + 1), tf.scalar(10 * rank)], [tf.tensor1d([1, rank])]),
    );
    const [vector, scalar] = means;
    const least = vector.min().dataSync()[0];
    const most = vector.max().dataSync()[0];
    // the same exchange again, with other numbers
    const again = team.during(() =>
      team.reduce([tf.fill([size], 100 * (rank + 1)), tf.scalar(0)], [tf.tensor1d([0, 0])]),
    ).means[0];
    const variable = tf.variable(tf.fill([2, 2], rank === 0 ? -0 : 5));
    team.takeFromFirst([variable]);
    const zeros = [...variable.dataSync()].filter((value) => Object.is(value, -0)).length;
    const text = team.textOfFirst(rank === 0 ? 'ä {"x": 1}' : null);
    team.expectSame({ one: '1', two: '2' });
    let differs = '';
    try {
      team.expectSame({ one: '1', two: String(rank) });
    } catch (error) {
      differs = error.message;
    }
    say({
      least,
      most,
      scalar: scalar.dataSync()[0],
      sums: [...sums[0].dataSync()],
      again: again.dataSync()[0],
      zeros,
      text,
      differs,
    });
  },
  // exchanges until one fails, and says so when the first is done
  forever: async (team) => {
    for (let i = 0; ; i++) {
      team.during(() => tf.dispose(team.reduce([tf.scalar(i)], [])));
      if (i === 0) say({ begun: true });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  },
};

const patience = { joinSeconds: Number(process.argv[4] ?? 120), watchSeconds: 1 };
joinTeam(cluster, { device: 'cpu' }, patience)
  .then(async (team) => {
    await WORKS[work](team);
    await team.leave();
  })
  .catch((error) => {
    say({ error: error.message, after: hosts.length });
    process.exitCode = error.exitCode ?? 2;
  });
