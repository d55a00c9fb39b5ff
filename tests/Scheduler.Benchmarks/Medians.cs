namespace Scheduler.Benchmarks;

static class Medians
{
    /// <summary>The value in the middle; of an even number the higher one.</summary>
    public static double Median(this IReadOnlyCollection<double> values) => values.Order().ElementAt(values.Count / 2);
}
