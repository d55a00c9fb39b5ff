using Scheduler.Running;
using Scheduler.Storage.Rows;

namespace Scheduler.Storage;

public sealed partial class SchedulerStore
{
    // Roles of nodes, as they are stored.
    const int Active = 1, StandsBy = 2;

    /// <inheritdoc/>
    /// <remarks>Under a term, it lengthens the lease too.</remarks>
    public async ValueTask<DateTimeOffset> BeatAsync(NodeBeat beat, CancellationToken cancellationToken) =>
        await WritingAsync(() => OnAsync(writers, async (session, stop) =>
        {
            List<(string, object?)> parameters =
            [
                ("@id", beat.Id), ("@address", term?.Address() ?? beat.Address), ("@version", beat.Version), ("@started", Instants.Milliseconds(beat.StartedAt)),
                ("@slots", beat.Slots), ("@used", beat.UsedSlots), ("@handlers", StoredJson.Write(beat.Handlers)), ("@role", beat.StandsBy ? StandsBy : Active), ("@kinds", StoredJson.Write(beat.Kinds)),
            ];
            var before = time.GetUtcNow();
            if (!dialect.HasClock) parameters.Add(("@now", Instants.Milliseconds(before)));
            if (term is not null) parameters.AddRange([("@epoch", term.Epoch), ("@lasts", (long)term.Lasts.TotalMilliseconds)]);
            await session.ExecuteAsync(Guarded(term is null ? queries.UpsertNode : $"{queries.LengthenLease}; {queries.UpsertNode}"), stop, [.. parameters]);
            // Who asks takes the answer for the middle of the call, so it is.
            if (!dialect.HasClock) return before + (time.GetUtcNow() - before) / 2;
            var microseconds = await session.QueryAsync(queries.Clock, reader => reader.GetInt64(0), stop);
            return DateTimeOffset.UnixEpoch.AddTicks(microseconds[0] * TimeSpan.TicksPerMicrosecond);
        }, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask LeaveAsync(string nodeId, CancellationToken cancellationToken) => await ChangeAsync(queries.DeleteNode, cancellationToken, ("@id", nodeId));

    /// <inheritdoc/>
    /// <remarks>Nodes that were last seen before then go too, and calendars that were deleted before, uncounted.</remarks>
    public async ValueTask<int> PurgeAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellationToken)
    {
        var before = Instants.Milliseconds(endedBefore);
        await ChangeAsync(queries.PurgeNodes, cancellationToken, ("@before", before));
        await ChangeAsync(queries.PurgeCalendars, cancellationToken, ("@before", before));
        var deleted = await ChangeAsync(queries.PurgeExecutions, cancellationToken, ("@before", before), ("@limit", limit));
        if (deleted >= limit) return deleted;

        foreach (var task in await ReadAsync(queries.ForgottenTasks, reader => reader.GetInt64(0), cancellationToken, ("@before", before), ("@limit", limit - deleted)))
        {
            if (deleted < limit) deleted += await ChangeAsync(queries.PurgeShards, cancellationToken, ("@task", task), ("@limit", limit - deleted));
            if (deleted < limit) await DeleteDeadLettersAsync(task, null, cancellationToken); // uncounted, as the nodes
            if (deleted < limit) deleted += await ChangeAsync(queries.PurgeTask, cancellationToken, ("@task", task)); // none of its shards is left
        }
        return deleted;
    }
}
