using Microsoft.Extensions.Logging;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Host.Configuration;
using Pipeline.Host.Datasets;
using Pipeline.Host.Runs;
using Pipeline.Host.Runs.Queue;

namespace Pipeline.Host.Service.Studies;

/// <summary>What a bound study works with.</summary>
/// <param name="DataPath">The data folder.</param>
/// <param name="Store">The dataset that the study is bound to.</param>
/// <param name="State">What is remembered across restarts.</param>
/// <param name="Results">Results of units.</param>
/// <param name="Storage">Files.</param>
/// <param name="Runs">The application's work.</param>
/// <param name="Process">Memory and threads.</param>
/// <param name="Memory">Cache and budget, shared by all studies.</param>
/// <param name="Samples">Bytes of the samples of studies that are being looked at, shared by all.</param>
/// <param name="Queue">The runs of all studies.</param>
/// <param name="Log">The log.</param>
internal sealed record StudyContext(
    string DataPath,
    DatasetStore Store,
    StateDatabase State,
    ResultStore Results,
    IStorage Storage,
    RunService Runs,
    PipelineOptions Process,
    RunMemory Memory,
    MemoryBudget Samples,
    RunQueue Queue,
    ILogger Log);
