using System.Globalization;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Client;

public sealed partial class DirectClient
{
    const int MostReplayed = 1000;

    /// <inheritdoc/>
    public async Task<Page<DeadLetterView>> ListDeadLettersAsync(string name, DeadLetterQuery query, CancellationToken cancellationToken = default)
    {
        (DateTimeOffset, string)? after = Cursors.Read(query.Cursor, 2) is not { } parts ? null
            : long.TryParse(parts[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var at) && at >= 0 && at <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
                ? (DateTimeOffset.FromUnixTimeMilliseconds(at), parts[1])
            : throw new SchedulerException([new("cursor", "expected the \"next\" of a page of this list, got another")]);
        var limit = Limit(query.Limit);
        var task = await FindPollingAsync(name, cancellationToken);
        var letters = await ReadAsync(store => store.ListDeadLettersAsync(task.Id, after, limit + 1, cancellationToken));
        var next = letters.Count > limit ? Cursors.Write(letters[limit - 1].At.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), letters[limit - 1].Id) : null;
        return new([.. letters.Take(limit).Select(Views.Of)], next);
    }

    /// <inheritdoc/>
    public async Task<ReplayResult> ReplayDeadLettersAsync(string name, DeadLetterSelection? selection = null, CancellationToken cancellationToken = default)
    {
        var task = await FindPollingAsync(name, cancellationToken);
        Node.Router.ExpectWriter(); // before rows are processed
        var handler = task.Definition.Handler.HandlerName;
        var isHere = Node.Handlers.Known.TryGetValue(handler, out var kind) && kind == task.Definition.Handler.Kind;
        if (!isHere || Node.Orders.IsDraining)
        {
            if (others is not null && await others.WithHandlerAsync(handler, cancellationToken) is { } other) return await other.ReplayDeadLettersAsync(name, selection, cancellationToken);
            throw new SchedulerException(SchedulerErrorKind.Unavailable, isHere
                ? $"nothing was replayed: node {Node.Id} is drained, and no other has handler \"{handler}\"; undrain one, and ask again"
                : $"no handler \"{handler}\" of kind {WireText.Of(task.Definition.Handler.Kind)} is registered in process {Node.Id}, or each that has it is drained");
        }
        var letters = selection?.Ids is not null ? await SelectedAsync(task, selection, cancellationToken)
            : await ReadAsync(store => store.ListDeadLettersAsync(task.Id, null, MostReplayed, cancellationToken));
        var replayed = 0;
        foreach (var letter in letters)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string? error;
            using (await Node.Slots.AcquireAsync(task.Definition.Priority, cancellationToken)) error = await ReplayAsync(task, letter, cancellationToken);
            if (error is null) replayed++;
            await WriteAsync(async store =>
            {
                if (error is null) await store.DeleteDeadLettersAsync(task.Id, [letter.Id], CancellationToken.None);
                else await store.ReviseDeadLetterAsync(letter with { Attempts = letter.Attempts + 1, Error = error }, CancellationToken.None);
                return true;
            });
        }
        return new(replayed, letters.Count - replayed);
    }

    /// <inheritdoc/>
    public async Task<DiscardResult> DiscardDeadLettersAsync(string name, DeadLetterSelection? selection = null, CancellationToken cancellationToken = default)
    {
        var task = await FindPollingAsync(name, cancellationToken);
        var ids = selection?.Ids is null ? null : (await SelectedAsync(task, selection, cancellationToken)).Select(letter => letter.Id).ToArray();
        return new(await WriteAsync(store => store.DeleteDeadLettersAsync(task.Id, ids, cancellationToken)));
    }

    async Task<IReadOnlyList<DeadLetter>> SelectedAsync(TaskState task, DeadLetterSelection selection, CancellationToken cancellationToken)
    {
        var ids = selection.Ids!.Distinct().ToArray();
        if (ids.Length is < 1 or > MostReplayed) throw new SchedulerException([new("ids", $"expected 1 to {MostReplayed} ids, got {ids.Length}")]);
        var letters = await ReadAsync(store => store.ReadDeadLettersAsync(task.Id, ids, cancellationToken));
        return letters.Count == ids.Length ? letters
            : throw new SchedulerException(SchedulerErrorKind.NotFound, $"task \"{task.Definition.Name}\" has no dead letter \"{ids.Except(letters.Select(letter => letter.Id)).First()}\"; nothing was done");
    }

    /// <summary>Reads the row at its cursor and has it processed.</summary>
    /// <returns>Why that failed; null where it did not.</returns>
    async Task<string?> ReplayAsync(TaskState task, DeadLetter letter, CancellationToken cancellationToken)
    {
        var polling = task.Definition.Handler.Shape!;
        var shard = new PollingShard(task.Tenant, task.Definition.Name, letter.Database, letter.Table);
        try
        {
            var state = (await Node.Store.ReadShardAsync(letter.Shard, cancellationToken))?.State;
            var pass = polling.Mode == PollingMode.Full || letter.Cursor.Time is null ? new PollingPass(letter.Cursor.Key) : new PollingPass(null, Node.Clock.Now);
            var page = await Node.Handlers.SourceOf(task.Definition.Handler).QueryAsync(shard, letter.After, pass, polling.PageSize, cancellationToken);
            for (var index = 0; index < page.Count; index++)
            {
                if (page.CursorOf(index) != letter.Cursor) continue;
                var run = new PageRun(shard, state?.Execution.Value ?? "", letter.Round, state?.FencingToken ?? 0, letter.Attempts + 1, Node.Logs.OfHost(task.Definition.Handler.HandlerName));
                return await page.ProcessAsync(new[] { index }, run, cancellationToken) is { Count: > 0 } failed ? Failures.Bounded(failed[0].Error) : null;
            }
            return $"no row stands at {letter.Cursor} any more: it was changed or deleted, and there is nothing to replay; discard it";
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return Failures.Text(failure);
        }
    }
}
