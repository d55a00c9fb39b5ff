using Scheduler.Running;

namespace Scheduler.Simulation;

/// <summary>Changes the way to the users' tables.</summary>
sealed class SourceMutant(IHandlers inner, Func<IPollingSource, IPollingSource> change) : IHandlers
{
    public IReadOnlyDictionary<string, HandlerKind> Known => inner.Known;

    public Task<object?> ExecuteAsync(string handler, TaskContext context, CancellationToken cancellationToken) => inner.ExecuteAsync(handler, context, cancellationToken);

    public IPollingSource Polling(string handler) => change(inner.Polling(handler));

    public Task<IReadOnlyList<ShardName>> DiscoverAsync(string handler, DiscoveryContext context, CancellationToken cancellationToken) => inner.DiscoverAsync(handler, context, cancellationToken);
}

/// <summary>Pages end where the table does, as far as their cursor goes: what failed in them is passed over.</summary>
sealed class CursorOverTheGap(IPollingSource inner) : ThroughSource(inner)
{
    protected override IPollingPage Change(IPollingPage page) => new Page(page);

    sealed class Page(IPollingPage inner) : ThroughPage(inner)
    {
        public override Cursor CursorOf(int index) => Inner.CursorOf(Count - 1);
    }
}

/// <summary>Rows that failed are taken for processed.</summary>
sealed class SwallowsFailures(IPollingSource inner) : ThroughSource(inner)
{
    protected override IPollingPage Change(IPollingPage page) => new Page(page);

    sealed class Page(IPollingPage inner) : ThroughPage(inner)
    {
        public override async ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(ReadOnlyMemory<int> indexes, PageRun run, CancellationToken cancellationToken)
        {
            await Inner.ProcessAsync(indexes, run, cancellationToken);
            return RowFailure.None;
        }
    }
}

/// <summary>A full page loses its last row, and so counts for the pass's last.</summary>
sealed class EndsEarly(IPollingSource inner) : ThroughSource(inner)
{
    protected override IPollingPage Change(IPollingPage page) => page.Count > 1 ? new Page(page) : page;

    sealed class Page(IPollingPage inner) : ThroughPage(inner)
    {
        public override int Count => Inner.Count - 1;
    }
}

/// <summary>Reads on after a key that it skips.</summary>
sealed class SkipsARow(IPollingSource inner) : ThroughSource(inner)
{
    public override async ValueTask<IPollingPage> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken)
    {
        if (after.Key is null) return await base.QueryAsync(shard, after, pass, limit, cancellationToken);
        var skipped = await base.QueryAsync(shard, after, pass, 1, cancellationToken);
        return skipped.Count == 0 ? skipped : await base.QueryAsync(shard, skipped.CursorOf(0), pass, limit, cancellationToken);
    }
}

/// <summary>Takes the source's clock for the bound, and leaves no lag.</summary>
sealed class ReadsTooSoon(IPollingSource inner) : ThroughSource(inner)
{
    public override async ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken)
    {
        var bounds = await base.BoundsAsync(shard, cancellationToken);
        return bounds with { SourceTime = bounds.SourceTime?.AddSeconds(4) };
    }
}

/// <summary>Goes on with the next time, and forgets the key.</summary>
sealed class SkipsTheSameTime(IPollingSource inner) : ThroughSource(inner)
{
    public override ValueTask<IPollingPage> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken) =>
        base.QueryAsync(shard, after.Time is null || pass.Before is null ? after : after with { Key = after.Key!.StartsWith('k') ? "k999999" : long.MaxValue.ToString(System.Globalization.CultureInfo.InvariantCulture) }, pass, limit, cancellationToken);
}

class ThroughSource(IPollingSource inner) : IPollingSource
{
    public bool CanReadChanges => inner.CanReadChanges;

    public virtual ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken) => inner.BoundsAsync(shard, cancellationToken);

    public virtual async ValueTask<IPollingPage> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken) =>
        Change(await inner.QueryAsync(shard, after, pass, limit, cancellationToken));

    protected virtual IPollingPage Change(IPollingPage page) => page;
}

class ThroughPage(IPollingPage inner) : IPollingPage
{
    protected IPollingPage Inner => inner;

    public virtual int Count => inner.Count;

    public virtual Cursor CursorOf(int index) => inner.CursorOf(index);

    public virtual ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(ReadOnlyMemory<int> indexes, PageRun run, CancellationToken cancellationToken) => inner.ProcessAsync(indexes, run, cancellationToken);
}
