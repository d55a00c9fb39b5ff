namespace Scheduler.Server.Demo;

/// <summary>A row of the demo's tables.</summary>
/// <param name="Id">The key; there are gaps between ids.</param>
/// <param name="Amount">In hundredths.</param>
/// <param name="Customer">Who ordered.</param>
/// <param name="UpdatedAt">Epoch milliseconds.</param>
readonly record struct OrderRow(long Id, long Amount, string Customer, long UpdatedAt);
