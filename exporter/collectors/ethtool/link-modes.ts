/**
 * Names the link modes of network devices by the number of their bit.
 * Source: enum ethtool_link_mode_bit_indices in include/uapi/linux/ethtool.h of the kernel
 */

export interface LinkSpeed {
  /** Such as `1000baseT`. */
  readonly mode: string;
  readonly duplex: 'full' | 'half';
  /** As `node_network_speed_bytes` of the collector netclass. */
  readonly bytesPerSecond: number;
}

/** Names in the order of their bits. A name with `/half` has half duplex; a name without a speed is a port or a capability. */
const names: readonly string[] = `
10baseT/half 10baseT 100baseT/half 100baseT 1000baseT/half 1000baseT Autoneg TP AUI MII FIBRE BNC 10000baseT Pause Asym_Pause
2500baseX Backplane 1000baseKX 10000baseKX4 10000baseKR 10000baseR_FEC 20000baseMLD2 20000baseKR2
40000baseKR4 40000baseCR4 40000baseSR4 40000baseLR4 56000baseKR4 56000baseCR4 56000baseSR4 56000baseLR4
25000baseCR 25000baseKR 25000baseSR 50000baseCR2 50000baseKR2 100000baseKR4 100000baseSR4 100000baseCR4 100000baseLR4_ER4
50000baseSR2 1000baseX 10000baseCR 10000baseSR 10000baseLR 10000baseLRM 10000baseER 2500baseT 5000baseT
FEC_NONE FEC_RS FEC_BASER 50000baseKR 50000baseSR 50000baseCR 50000baseLR_ER_FR 50000baseDR
100000baseKR2 100000baseSR2 100000baseCR2 100000baseLR2_ER2_FR2 100000baseDR2
200000baseKR4 200000baseSR4 200000baseLR4_ER4_FR4 200000baseDR4 200000baseCR4 100baseT1 1000baseT1
400000baseKR8 400000baseSR8 400000baseLR8_ER8_FR8 400000baseDR8 400000baseCR8 FEC_LLRS
100000baseKR 100000baseSR 100000baseLR_ER_FR 100000baseCR 100000baseDR
200000baseKR2 200000baseSR2 200000baseLR2_ER2_FR2 200000baseDR2 200000baseCR2
400000baseKR4 400000baseSR4 400000baseLR4_ER4_FR4 400000baseDR4 400000baseCR4 100baseFX/half 100baseFX 10baseT1L
800000baseCR8 800000baseKR8 800000baseDR8 800000baseDR8_2 800000baseSR8 800000baseVR8
10baseT1S 10baseT1S/half 10baseT1S_P2MP/half 10baseT1BRR
200000baseCR 200000baseKR 200000baseDR 200000baseDR_2 200000baseSR 200000baseVR
400000baseCR2 400000baseKR2 400000baseDR2 400000baseDR2_2 400000baseSR2 400000baseVR2
800000baseCR4 800000baseKR4 800000baseDR4 800000baseDR4_2 800000baseSR4 800000baseVR4
1600000baseCR8 1600000baseKR8 1600000baseDR8 1600000baseDR8_2
`
  .trim()
  .split(/\s+/);

const bytesPerMegabit = 125_000;

const speeds: ReadonlyMap<string, LinkSpeed> = new Map(
  names.flatMap((name): [string, LinkSpeed][] => {
    const [, mode = '', megabits, half] = /^((\d+)base\w+)(\/half)?$/.exec(name) ?? [];
    if (megabits === undefined) return [];
    const bytesPerSecond = Number(megabits) * bytesPerMegabit;
    return [[name, { mode, duplex: half === undefined ? 'full' : 'half', bytesPerSecond }]];
  }),
);

const ports: readonly string[] = ['TP', 'AUI', 'MII', 'FIBRE', 'BNC', 'Backplane'];

/** Link modes that a device supports or advertises. */
export interface LinkModes {
  readonly speeds: readonly LinkSpeed[];
  /** Kinds of ports, such as `TP` for twisted pair. */
  readonly ports: readonly string[];
  readonly hasAutonegotiation: boolean;
  readonly hasPause: boolean;
  readonly hasAsymmetricPause: boolean;
}

/** Returns the modes whose bits are set. Ignores bits of newer kernels. `isSet` tests the bit of a number. */
export function linkModesOf(isSet: (bit: number) => boolean): LinkModes {
  const set = new Set(names.filter((_name, bit) => isSet(bit)));
  return {
    speeds: [...set].map((name) => speeds.get(name)).filter((speed) => speed !== undefined),
    ports: ports.filter((port) => set.has(port)),
    hasAutonegotiation: set.has('Autoneg'),
    hasPause: set.has('Pause'),
    hasAsymmetricPause: set.has('Asym_Pause'),
  };
}
