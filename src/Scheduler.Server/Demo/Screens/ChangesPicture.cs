namespace Scheduler.Server.Demo.Screens;

/// <summary>Rounds over changes at one moment.</summary>
/// <param name="Rounds">Rounds so far.</param>
/// <param name="Written">Rows that were inserted or updated.</param>
/// <param name="Seen">Rows that the rounds saw.</param>
/// <param name="Lag">How far behind the sources' clocks the last shard is.</param>
/// <param name="LongestLag">The longest that was.</param>
/// <param name="Left">For how long the writer goes on; less than zero: it has ended, and the last of its rows come to rest.</param>
sealed record ChangesPicture(int Rounds, long Written, long Seen, TimeSpan? Lag, TimeSpan LongestLag, TimeSpan Left)
{
    public string Phase => Left > TimeSpan.Zero ? $"{Words.Span(Left)} left" : "coming to rest";
}
