using System.Runtime.CompilerServices;
using System.Text.Json;
using Orleans;
using Orleans.Runtime;
using Scheduler.Cluster.Wire;

namespace Scheduler.Cluster;

/// <summary>A scheduler that runs in a cluster, over the cluster's gateways. Safe for any number of threads.</summary>
/// <remarks>
/// A call through a gateway that dies fails within the client's response timeout with <see cref="SchedulerErrorKind.Unavailable"/>; of what changes
/// something it is not known whether it was done. What only reads is asked once more, and fails within twice that time.
/// </remarks>
public sealed partial class ClusterSchedulerClient : ISchedulerClient
{
    readonly ISiloCalls silo;
    readonly string? tenant;

    /// <summary>A client over whichever gateways the factory knows.</summary>
    /// <param name="grains">The way into the cluster.</param>
    public ClusterSchedulerClient(IGrainFactory grains) : this(new AnySilo(grains))
    {
    }

    internal ClusterSchedulerClient(ISiloCalls silo, string? tenant = null) => (this.silo, this.tenant) = (silo, tenant);

    /// <inheritdoc/>
    public Task<TaskView> CreateTaskAsync(TaskDefinition definition, CancellationToken cancellationToken = default) =>
        RunAsync<TaskView>([(nameof(definition), definition)], cancellationToken);

    /// <inheritdoc/>
    public Task<TaskView> GetTaskAsync(string name, CancellationToken cancellationToken = default) => ReadAsync<TaskView>([(nameof(name), name)], cancellationToken);

    /// <inheritdoc/>
    public Task<Page<TaskView>> ListTasksAsync(TaskQuery query, CancellationToken cancellationToken = default) => ReadAsync<Page<TaskView>>([(nameof(query), query)], cancellationToken);

    /// <inheritdoc/>
    public Task<TaskView> UpdateTaskAsync(string name, TaskDefinition definition, long? ifVersion = null, CancellationToken cancellationToken = default) =>
        RunAsync<TaskView>([(nameof(name), name), (nameof(definition), definition), (nameof(ifVersion), ifVersion)], cancellationToken);

    /// <inheritdoc/>
    public Task DeleteTaskAsync(string name, DeleteMode mode = DeleteMode.Kill, CancellationToken cancellationToken = default) =>
        ChangeAsync<JsonElement?>([(nameof(name), name), (nameof(mode), mode)], cancellationToken);

    /// <inheritdoc/>
    public Task<TaskView> PauseTaskAsync(string name, CancellationToken cancellationToken = default) => ChangeAsync<TaskView>([(nameof(name), name)], cancellationToken);

    /// <inheritdoc/>
    public Task<TaskView> ResumeTaskAsync(string name, CancellationToken cancellationToken = default) => ChangeAsync<TaskView>([(nameof(name), name)], cancellationToken);

    /// <inheritdoc/>
    public Task<TriggerResult> TriggerTaskAsync(string name, TriggerRequest? request = null, CancellationToken cancellationToken = default) =>
        ChangeAsync<TriggerResult>([(nameof(name), name), (nameof(request), request)], cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<DateTimeOffset>> NextOccurrencesAsync(string name, int count = 10, DateTimeOffset? from = null, CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlyList<DateTimeOffset>>([(nameof(name), name), (nameof(count), count), (nameof(from), from)], cancellationToken);

    /// <inheritdoc/>
    public Task<ProgressView> GetProgressAsync(string name, CancellationToken cancellationToken = default) => ReadAsync<ProgressView>([(nameof(name), name)], cancellationToken);

    /// <inheritdoc/>
    public Task<Page<DatabaseProgressView>> ListDatabaseProgressAsync(string name, DatabaseQuery query, CancellationToken cancellationToken = default) =>
        ReadAsync<Page<DatabaseProgressView>>([(nameof(name), name), (nameof(query), query)], cancellationToken);

    /// <inheritdoc/>
    public Task<Page<ShardView>> ListShardsAsync(string name, ShardQuery query, CancellationToken cancellationToken = default) =>
        ReadAsync<Page<ShardView>>([(nameof(name), name), (nameof(query), query)], cancellationToken);

    /// <inheritdoc/>
    public Task<Page<ExecutionView>> ListExecutionsAsync(ExecutionQuery query, CancellationToken cancellationToken = default) => ReadAsync<Page<ExecutionView>>([(nameof(query), query)], cancellationToken);

    /// <inheritdoc/>
    public Task<ExecutionView> GetExecutionAsync(string id, CancellationToken cancellationToken = default) => ReadAsync<ExecutionView>([(nameof(id), id)], cancellationToken);

    /// <inheritdoc/>
    public Task<ExecutionView> CancelExecutionAsync(string id, CancellationToken cancellationToken = default) => ChangeAsync<ExecutionView>([(nameof(id), id)], cancellationToken);

    /// <summary>Asks what changes nothing, and once more where no answer came: another gateway takes the place of one that died.</summary>
    async Task<T> ReadAsync<T>((string Name, object? Value)[] arguments, CancellationToken cancellationToken, [CallerMemberName] string method = "")
    {
        var call = Written(method, arguments);
        for (var again = false; ; again = true)
        {
            try
            {
                return Opened<T>(await silo.ReadAsync(call, cancellationToken));
            }
            catch (Exception failure) when (IsOfTheWay(failure))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (again) throw new SchedulerException(SchedulerErrorKind.Unavailable, $"no silo answers: {failure.Message}", failure);
            }
        }
    }

    async Task<T> ChangeAsync<T>((string Name, object? Value)[] arguments, CancellationToken cancellationToken, [CallerMemberName] string method = "")
    {
        var call = Written(method, arguments);
        try
        {
            return Opened<T>(await silo.ChangeAsync(call, cancellationToken));
        }
        catch (Exception failure) when (IsOfTheWay(failure))
        {
            throw NotKnown(failure);
        }
    }

    /// <summary>As <see cref="ChangeAsync"/>, for as long as it takes.</summary>
    async Task<T> RunAsync<T>((string Name, object? Value)[] arguments, CancellationToken cancellationToken, [CallerMemberName] string method = "")
    {
        var call = Written(method, arguments);
        try
        {
            await foreach (var answer in silo.RunAsync(call, cancellationToken).WithCancellation(cancellationToken)) return Opened<T>(answer);
        }
        catch (Exception failure) when (IsOfTheWay(failure))
        {
            throw NotKnown(failure);
        }
        throw new SchedulerException(SchedulerErrorKind.Unavailable, "it is not known whether this was done, ask again: the silo stopped without an answer");
    }

    async IAsyncEnumerable<T> StreamAsync<T>((string Name, object? Value)[] arguments, [EnumeratorCancellation] CancellationToken cancellationToken, [CallerMemberName] string method = "")
    {
        var call = Written(method, arguments);
        await using var answers = silo.WatchAsync(call, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await answers.MoveNextAsync()) yield break;
            }
            catch (Exception failure) when (IsOfTheWay(failure))
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw new SchedulerException(SchedulerErrorKind.Unavailable, $"the silo that was watched does not answer any more, watch again: {failure.Message}", failure);
            }
            yield return Opened<T>(answers.Current);
        }
    }

    Envelope Written(string method, (string Name, object? Value)[] arguments)
    {
        try
        {
            return Envelope.Of(new Call(method, arguments.Where(each => each.Value is not null).ToDictionary(each => each.Name, each => WireJson.WriteElement(each.Value, each.Value!.GetType()))) { Tenant = tenant });
        }
        catch (Exception failure) when (failure is NotSupportedException or JsonException or InvalidOperationException)
        {
            throw new SchedulerException([new FieldError("", $"expected what can be written as JSON: {failure.Message}")]);
        }
    }

    static T Opened<T>(Envelope envelope)
    {
        try
        {
            var answer = envelope.Open<Answer<JsonElement?>>();
            if (answer.Failure is { } failure) throw failure.ToException();
            return answer.Value is { } value ? WireJson.Read<T>(value)! : default!;
        }
        catch (JsonException unread)
        {
            throw new SchedulerException(SchedulerErrorKind.Unavailable, $"expected an answer that this client knows, a newer silo may have sent it: {unread.Message}", unread);
        }
    }

    static SchedulerException NotKnown(Exception failure) => new(SchedulerErrorKind.Unavailable, $"it is not known whether this was done, ask again: {failure.Message}", failure);

    /// <summary>No silo, no gateway, no answer: it is not the call that is to blame.</summary>
    static bool IsOfTheWay(Exception failure) => failure is TimeoutException or OrleansException or EnumerationAbortedException or System.Net.Sockets.SocketException or ObjectDisposedException;
}
