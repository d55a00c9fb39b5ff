using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Scheduler.Running;
using Scheduler.Storage;

namespace Scheduler.Cluster.Tests;

/// <summary>A silo that cannot reach its database leaves where another can, and stays where none does.</summary>
public sealed class DepartureTests : IAsyncLifetime
{
    readonly string folder = Directory.CreateTempSubdirectory("scheduler-departure-").FullName;
    SchedulerStore store = null!;

    public async Task InitializeAsync() => store = await SchedulerStore.OpenSqliteAsync(Path.Combine(folder, "scheduler.db"));

    public async Task DisposeAsync()
    {
        await store.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_leaves_where_another_reaches_it(bool allAreCutOff)
    {
        var ways = new List<Way>();
        await using var silos = await Silos.StartAsync(2, (_, _) => { }, options =>
        {
            var way = Way.To(store);
            ways.Add(way);
            options.UseStore(way.Store);
            options.LeaveAfter = TimeSpan.FromSeconds(1);
            options.BePatient(TimeSpan.FromSeconds(2));
        });
        var cutOff = silos.Cluster.Silos.Where(silo => allAreCutOff || ReferenceEquals(Silos.NodeOf(silo).Node.Store, ways[0].Store)).ToArray();
        foreach (var silo in cutOff) ways.Single(way => ReferenceEquals(way.Store, Silos.NodeOf(silo).Node.Store)).IsCut = true;
        await Silos.UntilAsync(() => Task.FromResult(cutOff.All(silo => Silos.NodeOf(silo).Node.Reach.IsCutOff)), () => "the leases to be over");
        var looks = ways.ConvertAll(way => way.Asked);
        if (!allAreCutOff) await Silos.UntilAsync(() => Task.FromResult(Leaves(cutOff[0])), () => "the silo to leave");
        else await Silos.UntilAsync(() => Task.FromResult(ways.Zip(looks).All(each => each.First.Asked >= each.Second + 4)), () => "both to try again and again"); // a second each
        Assert.Equal(allAreCutOff ? 0 : 1, silos.Cluster.Silos.Count(Leaves));
        foreach (var way in ways) way.IsCut = false;

        static bool Leaves(Orleans.TestingHost.InProcessSiloHandle silo) => silo.ServiceProvider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested;
    }

    /// <summary>A silo's way to the store, which may be cut.</summary>
    public class Way : DispatchProxy
    {
        IStore inner = null!;
        int asked;

        public IStore Store { get; private set; } = null!;

        public bool IsCut { get; set; }

        public int Asked => Volatile.Read(ref asked);

        public static Way To(IStore inner)
        {
            var store = Create<IStore, Way>();
            var way = (Way)(object)store;
            (way.inner, way.Store) = (inner, store);
            return way;
        }

        protected override object? Invoke(MethodInfo? method, object?[]? arguments)
        {
            Interlocked.Increment(ref asked);
            if (IsCut) throw new IOException("the way is cut");
            return method!.Invoke(inner, arguments);
        }
    }
}
