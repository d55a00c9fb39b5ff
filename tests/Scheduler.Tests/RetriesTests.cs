using FsCheck;
using FsCheck.Fluent;

namespace Scheduler.Tests;

/// <summary>The waits between attempts.</summary>
public class RetriesTests
{
    static readonly RetryPolicy Policy = new() { Backoff = TimeSpan.FromSeconds(10), Multiplier = 2, MaxBackoff = TimeSpan.FromMinutes(1) };

    [Theory]
    [InlineData(1, 0, 10)]
    [InlineData(2, 0, 20)]
    [InlineData(3, 0, 40)]
    [InlineData(4, 0, 60)] // not 80
    [InlineData(100, 0, 60)]
    [InlineData(1, 0.5, 9)]
    [InlineData(100, 0.5, 54)]
    public void A_wait_grows_up_to_the_longest_and_jitter_shortens_it(int failed, double jitter, double seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), Policy.WaitAfter(failed, jitter));

    [Fact]
    public void Growth_beyond_all_numbers_is_the_longest_wait() =>
        Assert.Equal(TimeSpan.FromDays(7), new RetryPolicy { MaxAttempts = 100, Backoff = TimeSpan.FromDays(1), Multiplier = 1e10, MaxBackoff = TimeSpan.FromDays(7) }.WaitAfter(100, 0));

    [Fact]
    public void No_wait_stays_none() => Assert.Equal(TimeSpan.Zero, (Policy with { Backoff = TimeSpan.Zero }).WaitAfter(50, 0.9));

    [Fact]
    public void A_wait_is_never_longer_than_the_longest_nor_a_fifth_shorter_than_it_says_and_never_falls() => Prop.ForAll(Arb.From(
        from backoff in Gen.Choose(0, 86_400_000)
        from more in Gen.Choose(0, 600_000_000)
        from multiplier in Gen.Choose(100, 1000)
        from failed in Gen.Choose(1, 99)
        from jitter in Gen.Choose(0, 999)
        select (Policy: new RetryPolicy { Backoff = TimeSpan.FromMilliseconds(backoff), Multiplier = multiplier / 100.0, MaxBackoff = TimeSpan.FromMilliseconds((double)backoff + more) }, failed, jitter: jitter / 1000.0)), each =>
        {
            var (policy, failed, jitter) = each;
            var (wait, whole, next) = (policy.WaitAfter(failed, jitter), policy.WaitAfter(failed, 0), policy.WaitAfter(failed + 1, jitter));
            var slack = TimeSpan.FromMilliseconds(1); // of rounding
            Assert.InRange(whole, policy.Backoff - slack, policy.MaxBackoff);
            Assert.InRange(wait, whole * 0.8 - slack, whole);
            Assert.True(next >= wait - slack, $"expected a wait of {wait} or more after attempt {failed + 1}, got {next}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
}
