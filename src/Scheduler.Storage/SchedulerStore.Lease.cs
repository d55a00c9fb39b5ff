using Scheduler.Running;
using Scheduler.Storage.Dialects;
using Scheduler.Storage.Sessions;

namespace Scheduler.Storage;

public sealed partial class SchedulerStore
{
    /// <summary>This store for one who has the lease: every write fails with a <see cref="TermEndedException"/> from when another has taken it.</summary>
    /// <param name="term">The term; what it is for ends with it.</param>
    public IStore Under(Term term) => new SchedulerStore(this, term);

    /// <summary>Whether its database has a lease.</summary>
    public bool HasLease => dialect == Dialect.PostgreSql;

    internal Queries Queries => queries;

    internal Task<T> OnWriterAsync<T>(Func<Session, CancellationToken, Task<T>> work, CancellationToken cancellationToken) => OnAsync(writers, work, cancellationToken);
}
