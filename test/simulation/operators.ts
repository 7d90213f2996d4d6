import { inspect } from 'node:util';
import type { decide } from '../../src/core/decide/decide.ts';
import { createKubeClient } from '../../src/kube/client/kubeClient.ts';
import { inProcessTransport } from '../../src/kube/transport/inProcessTransport.ts';
import type { Transport, TransportRequest } from '../../src/kube/transport/transport.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import type { Kubelite } from '../../src/kubelite/kubelite.ts';
import type { RecordStores } from '../../src/operator/recorder/startRecorder.ts';
import { type Operator, startOperator } from '../../src/operator/startOperator.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { HistoryStore } from '../../src/store/types.ts';
import type { Logger } from '../../src/telemetry/logger.ts';
import { createOperatorMetrics } from '../../src/telemetry/metrics.ts';
import { asServed } from './apiServer.ts';
import { chanceOf } from './chance.ts';
import type { Database } from './database.ts';
import type { Effects } from './effects.ts';
import type { EventLog } from './eventLog.ts';
import type { Fault, RequestClass, RequestFault, StreamFault } from './faults.ts';
import { faultyTransport, type Network } from './faultyTransport.ts';
import type { Judge } from './judge.ts';
import type { Plan } from './plan.ts';
import { SimProcess } from './simProcess.ts';
import { StepFaults } from './stepFaults.ts';
import type { ClusterWeather } from './weather.ts';
import type { OperatorControls } from './worldFaults.ts';

/** An operator that is broken on purpose, by what it is given: its requests or its decisions are altered. */
export interface Variant {
  /** Between the client and the network. */
  readonly transport?: (inner: Transport) => Transport;
  readonly decide?: typeof decide;
  /** What it stores. */
  readonly history?: (inner: HistoryStore) => HistoryStore;
}

export interface OperatorsParts {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly log: EventLog;
  readonly kubelite: Kubelite;
  readonly judge: Judge;
  readonly weather: ClusterWeather;
  readonly effects: Effects;
  /** Left out: the operators have none. */
  readonly database: Database | undefined;
  readonly variant: Variant;
}

/** One place where an operator runs: its processes follow each other. */
interface Seat {
  readonly index: number;
  readonly counts: Record<RequestClass, number>;
  lives: number;
  life: Life | undefined;
}

interface Life {
  readonly process: SimProcess;
  readonly operator: Operator;
  readonly clients: readonly KubeClient[];
}

/** All operators of a simulation, on the real client, with everything between them and the API server. */
export class Operators implements OperatorControls {
  readonly #parts: OperatorsParts;
  readonly #seats: readonly Seat[];
  readonly #requestFaults = new Map<string, RequestFault>();
  readonly #streamFaults = new Map<string, StreamFault>();
  readonly #stepFaults: StepFaults;
  #isOver = false;

  constructor(parts: OperatorsParts) {
    this.#parts = parts;
    this.#seats = Array.from({ length: parts.plan.operators }, (_, index) => ({
      index,
      counts: { write: 0, read: 0, fresh: 0, batch: 0, page: 0, watch: 0, lease: 0 },
      lives: 0,
      life: undefined,
    }));
    for (const fault of parts.plan.faults) this.#file(fault);
    this.#stepFaults = new StepFaults(parts.plan.faults, parts.effects);
  }

  start(): void {
    for (const seat of this.#seats) this.#begin(seat);
  }

  /** Asks all of them to end. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#seats.map((seat) => this.#end(seat)));
  }

  shiftClock(index: number, byMs: number): boolean {
    this.#seats[index]?.life?.process.shiftWall(byMs);
    return this.#isAlive(index);
  }

  pause(index: number, forMs: number): boolean {
    this.#seats[index]?.life?.process.pause(forMs);
    return this.#isAlive(index);
  }

  suspend(index: number, forMs: number): boolean {
    this.#seats[index]?.life?.process.suspend(forMs);
    return this.#isAlive(index);
  }

  kill(index: number, restartMs: number): boolean {
    const seat = this.#seats[index];
    if (seat?.life === undefined) return false;
    this.#parts.log.add(`operator ${index}`, 'dies');
    seat.life.process.kill();
    for (const client of seat.life.clients) void client.close();
    seat.life = undefined;
    this.#later(seat, restartMs);
    return true;
  }

  async retire(index: number, restartMs: number): Promise<boolean> {
    const seat = this.#seats[index];
    if (seat?.life === undefined) return false;
    await this.#end(seat);
    this.#later(seat, restartMs);
    return true;
  }

  #isAlive(index: number): boolean {
    return this.#seats[index]?.life !== undefined;
  }

  #file(fault: Fault): void {
    if (fault.on === 'request') {
      this.#requestFaults.set(`${fault.operator} ${fault.of} ${fault.nth}`, fault.fault);
    } else if (fault.on === 'stream') {
      this.#streamFaults.set(`${fault.operator} ${fault.nth}`, fault.fault);
    }
  }

  #later(seat: Seat, restartMs: number): void {
    this.#parts.clock.after(restartMs, () => {
      if (!this.#isOver && seat.life === undefined) this.#begin(seat);
    });
  }

  async #end(seat: Seat): Promise<void> {
    const { life } = seat;
    if (life === undefined) return;
    seat.life = undefined;
    await life.operator.stop();
    await Promise.all(life.clients.map((client) => client.close()));
  }

  #begin(seat: Seat): void {
    const { plan, log, variant, database } = this.#parts;
    seat.lives += 1;
    const name = `operator ${seat.index}`;
    const process = new SimProcess(name, this.#parts.clock);
    const chance = chanceOf(plan.seed, `${name} ${seat.lives}`);
    const { clock } = process;
    const connect = () => {
      const inner = inProcessTransport(this.#parts.kubelite.handler);
      const faulty = faultyTransport(inner, process, this.#network(seat));
      const transport = variant.transport?.(faulty) ?? faulty;
      return createKubeClient({ transport, clock, random: chance.random, userAgent: name });
    };
    const [client, leaseClient] = [connect(), connect()];
    log.add(name, `starts (life ${seat.lives})`);
    const operator = startOperator({
      client,
      leaseClient,
      clock,
      random: chance.random,
      settings: { watchNamespace: [], leaseSeconds: plan.leaseSeconds, pause: false, workers: 4 },
      namespace: 'endwell-system',
      identity: identityOf(seat),
      log: defectsTo(log, name),
      ...(database === undefined ? {} : { stores: this.#storesOf(database, process) }),
      ...(variant.decide === undefined ? {} : { decide: variant.decide }),
      metrics: METRICS,
    });
    seat.life = { process, operator, clients: [client, leaseClient] };
  }

  #storesOf(database: Database, process: SimProcess): RecordStores {
    const { plan, clock, variant } = this.#parts;
    const chance = chanceOf(plan.seed, `database of ${process.name}`);
    const history = database.connect(process, () => clock.monotonic(), chance);
    return { history: variant.history?.(history) ?? history, logs: undefined, days: 0 };
  }

  #network(seat: Seat): Network {
    const { plan, log, judge, weather, effects } = this.#parts;
    const name = `operator ${seat.index}`;
    const { counts } = seat;
    const identity = identityOf(seat);
    const chance = chanceOf(plan.seed, `network ${name}`);
    return {
      chance,
      faultOf: (request, of) => {
        const nth = counts[of]++;
        if (weather.isCalm()) return undefined;
        const ofStep = this.#stepFaults.of(request);
        return ofStep ?? this.#requestFaults.get(`${seat.index} ${of} ${nth}`);
      },
      streamFaultOf: () => {
        const nth = counts.watch++;
        return weather.isCalm() ? undefined : this.#streamFaults.get(`${seat.index} ${nth}`);
      },
      denial: (request) => weather.denial(request, chance),
      isDown: () => weather.isDown(),
      stalled: () => weather.stalled(),
      onCut: (cut) => weather.onCut(cut),
      onCalm: (begin) => weather.onCalm(begin),
      asServed: (request) => asServed(request, plan.api),
      extraMs: () => weather.extraMs(),
      isCalm: () => weather.isCalm(),
      effect: (effect) => effects.add(effect),
      arrives: (request) => judge.onRequest(request, identity),
      failed: (request) => judge.onLogDenied(request),
      answered: (request, status) => judge.onAnswer(request, status),
      crash: (restartMs) => {
        this.kill(seat.index, restartMs);
        return new Promise<never>(() => {});
      },
      note: (request, what) => {
        const isUsual = request.lane === 'lease' && what === '200';
        if (!isUsual) log.add(name, `${request.method} ${shortPath(request)} ${what}`);
      },
    };
  }
}

/** How the lease names a seat's process. */
function identityOf({ index, lives }: Seat): string {
  return `operator-${index}-${lives}`;
}

/** What is in nobody's way: one registry for all, for its numbers are not looked at. */
const METRICS = createOperatorMetrics();

function shortPath({ path }: TransportRequest): string {
  return path.replace(/^\/(api|apis)\//, '').replace(/\?.*/, '');
}

/** Only what our own code calls a defect is worth a line. */
function defectsTo(log: EventLog, name: string): Logger {
  const logger: Logger = {
    debug() {},
    info() {},
    warn() {},
    error: (message, fields) => log.add(name, `${message} ${inspect(fields?.['error'])}`),
    child: () => logger,
  };
  return logger;
}
