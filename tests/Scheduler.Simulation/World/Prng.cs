using System.Numerics;

namespace Scheduler.Simulation;

/// <summary>Random numbers that a seed decides, on every machine and version of .NET alike (xoshiro256**, seeded by splitmix64).</summary>
sealed class Prng
{
    ulong a, b, c, d;

    public Prng(ulong seed) => (a, b, c, d) = (Mix(ref seed), Mix(ref seed), Mix(ref seed), Mix(ref seed));

    public ulong Next()
    {
        var result = BitOperations.RotateLeft(b * 5, 7) * 9;
        var shifted = b << 17;
        c ^= a;
        d ^= b;
        b ^= c;
        a ^= d;
        c ^= shifted;
        d = BitOperations.RotateLeft(d, 45);
        return result;
    }

    /// <summary>From 0 to <paramref name="bound"/> − 1.</summary>
    public int Below(int bound) => (int)(Next() % (uint)bound);

    /// <summary>Both included.</summary>
    public int From(int low, int high) => low + Below(high - low + 1);

    /// <summary>In [0, 1).</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    public bool Chance(double probability) => probability > 0 && Unit() < probability;

    public TimeSpan Between(TimeSpan low, TimeSpan high) => low + TimeSpan.FromTicks((long)((high - low).Ticks * Unit()));

    public TimeSpan Seconds(double low, double high) => Between(TimeSpan.FromSeconds(low), TimeSpan.FromSeconds(high));

    public T Pick<T>(IReadOnlyList<T> from) => from[Below(from.Count)];

    /// <summary>A stream of its own, so that one part's draws do not shift another's.</summary>
    public Prng Fork() => new(Next());

    static ulong Mix(ref ulong seed)
    {
        var z = seed += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
