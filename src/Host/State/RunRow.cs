using Pipeline.Engine.Identity;
using Pipeline.Engine.State;

namespace Pipeline.Host.State;

/// <summary>A run of a study as it is remembered.</summary>
/// <param name="Key">Names samples and plan.</param>
/// <param name="State">Where it stands.</param>
/// <param name="UnitCount">Units of its plan.</param>
/// <param name="Begun">When it was begun, or gone on with.</param>
/// <param name="Ended">When it ended; null while it runs.</param>
/// <param name="Detail">Where its results lie below the data folder, or why it was refused.</param>
internal sealed record RunRow(Fingerprint Key, RunState State, int UnitCount, DateTimeOffset Begun, DateTimeOffset? Ended, string Detail)
{
    /// <summary>The latest run of a study, or null before the first.</summary>
    public static RunRow? Latest(StateDatabase state, string study) => state.Read(reader => reader.First<RunRow?>(
        "SELECT key, state, units, begun, ended, detail FROM run WHERE study = $1 ORDER BY begun DESC, id DESC LIMIT 1",
        row => new RunRow(
            row.Key(0),
            (RunState)row.Number(1),
            (int)row.Number(2),
            DateTimeOffset.FromUnixTimeMilliseconds(row.Number(3)),
            row.IsNull(4) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.Number(4)),
            row.Text(5)),
        null,
        study));
}
