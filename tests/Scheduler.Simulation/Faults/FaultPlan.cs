namespace Scheduler.Simulation;

/// <summary>Which faults a seed has, how often each strikes, and how often each did.</summary>
sealed class FaultPlan
{
    public static readonly int Kinds = Enum.GetValues<FaultKind>().Length;

    // How often a fault may strike where it could, at most. Those that happen by the clock are counted for each second.
    static double Most(FaultKind kind) => kind switch
    {
        FaultKind.StoreHangs or FaultKind.CrashBetweenEffects or FaultKind.CrashInCommit or FaultKind.QueryHangs => 0.01,
        FaultKind.StoreDown or FaultKind.Rollback or FaultKind.MessageVeryLate => 0.03,
        FaultKind.Crash or FaultKind.NodeStopped or FaultKind.NodePaused or FaultKind.NodeCutOff or FaultKind.NodeJoins or FaultKind.TableDropped => 0.06,
        FaultKind.StoreFailsBefore or FaultKind.StoreFailsAfter or FaultKind.HandlerHangs or FaultKind.HandlerDeaf or FaultKind.HandlerGivesUp or FaultKind.ResultUnfit or FaultKind.RowUnstorable => 0.04,
        FaultKind.MessageLost or FaultKind.MessageDoubled or FaultKind.MessageDelayed or FaultKind.AnswerLost => 0.15,
        FaultKind.RowInserted or FaultKind.RowLate or FaultKind.TableFound => 0.8,
        FaultKind.ClockDrifts => 0.002,
        _ => 0.1,
    };

    readonly double[] rates = new double[Kinds];
    readonly long[] injected = new long[Kinds];
    readonly Prng random;
    readonly IReadOnlySet<FaultKind>? without;

    public FaultPlan(Prng random, IReadOnlySet<FaultKind>? without)
    {
        (this.random, this.without) = (random, without);
        Flavour = random.Unit() switch { < 0.08 => Flavour.Faultless, < 0.16 => Flavour.CrashesOnly, < 0.22 => Flavour.StopsOnly, _ => Flavour.Mixed };
        foreach (var kind in Enum.GetValues<FaultKind>())
        {
            var (drawn, size) = (random.Chance(0.35), random.Unit());
            if (Flavour == Flavour.Faultless) drawn = false;
            if (Flavour == Flavour.CrashesOnly) drawn = kind is FaultKind.Crash or FaultKind.CrashBetweenEffects or FaultKind.CrashInCommit;
            if (Flavour == Flavour.StopsOnly) drawn &= kind is FaultKind.StoreSlow or FaultKind.QuerySlow;
            rates[(int)kind] = drawn ? Most(kind) * (0.1 + 0.9 * size * size) : 0;
            if (Flavour == Flavour.StopsOnly && kind == FaultKind.NodeStopped) rates[(int)kind] = 0.3;
        }
    }

    public Flavour Flavour { get; }

    /// <summary>Whether faults strike at all: not before the first node stands, and not when all has to end.</summary>
    public bool Active { get; set; }

    public IReadOnlyList<long> Injected => injected;

    public long Total => injected.Sum();

    public double RateOf(FaultKind kind) => rates[(int)kind];

    public bool Has(FaultKind kind) => rates[(int)kind] > 0;

    /// <summary>Draws whether the fault strikes here.</summary>
    public bool Strikes(FaultKind kind)
    {
        if (!Active || !random.Chance(rates[(int)kind]) || without?.Contains(kind) == true) return false;
        injected[(int)kind]++;
        return true;
    }

    /// <summary>Counts a fault that strikes without being asked.</summary>
    public void Count(FaultKind kind) => injected[(int)kind]++;

    public override string ToString() => Flavour == Flavour.Mixed ? string.Join(' ', Enum.GetValues<FaultKind>().Where(Has).Select(kind => FormattableString.Invariant($"{kind}={RateOf(kind):0.####}"))) : Flavour.ToString();
}

/// <summary>The kinds of seeds: some promises are only made where little goes wrong.</summary>
enum Flavour { Faultless, CrashesOnly, StopsOnly, Mixed }
