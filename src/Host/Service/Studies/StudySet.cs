using Pipeline.Host.Configuration;
using Pipeline.Host.Runs.Queue;
using Pipeline.Stages.Calibration;

namespace Pipeline.Host.Service.Studies;

/// <summary>The studies of a daemon, which may change while it works.</summary>
/// <remarks>Any thread may look; changes are made by one at a time.</remarks>
/// <param name="make">Makes the runner of a study, given the one it had under earlier settings or null.</param>
/// <param name="queue">The runs of all studies.</param>
internal sealed class StudySet(Func<BoundStudyOptions, BoundStudyRunner?, BoundStudyRunner> make, RunQueue queue)
{
    private volatile IReadOnlyList<BoundStudyRunner> _present = [];

    /// <summary>The studies as they are now.</summary>
    public IReadOnlyList<BoundStudyRunner> Present => _present;

    /// <summary>The study of a name, or null.</summary>
    public BoundStudyRunner? Find(string name) => _present.FirstOrDefault(study => study.Name == name);

    /// <summary>Puts other studies in the place of the present ones.</summary>
    /// <remarks>
    /// A study whose settings and file say the same stays as it is. One whose settings have changed runs by the new ones from its next run on;
    /// a run in hand ends under the old ones. The run of one that is gone is cancelled: what it has computed is kept, and so are its
    /// results and its model.
    /// </remarks>
    /// <exception cref="Engine.StageException">A study cannot be read, or the disk refuses; then nothing has changed.</exception>
    public async Task ReplaceAsync(IReadOnlyCollection<BoundStudyOptions> studies)
    {
        IReadOnlyList<BoundStudyRunner> next = [.. studies.Select(Renewed)];

        // What somebody asks of a study that is going, between these two, is cancelled by the loop that takes it.
        await queue.KeepOnlyAsync([.. studies.Select(study => study.Name)]);
        _present = next;
    }

    private BoundStudyRunner Renewed(BoundStudyOptions options)
    {
        BoundStudyRunner? before = Find(options.Name);
        BoundStudyRunner made = make(options, before);
        return before is not null && before.Options == options && StudyFile.Write(before.Study) == StudyFile.Write(made.Study) ? before : made;
    }
}
