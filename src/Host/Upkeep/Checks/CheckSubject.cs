using Pipeline.Engine.Storage;
using Pipeline.Host.Configuration;

namespace Pipeline.Host.Upkeep.Checks;

/// <summary>What is looked at.</summary>
/// <param name="Data">The data folder, as a full path.</param>
/// <param name="Process">Memory, threads and reserve, as far as the settings are valid.</param>
/// <param name="Daemon">Folders and studies whose settings are valid.</param>
/// <param name="Storage">The disks.</param>
/// <param name="Machine">The machine.</param>
internal sealed record CheckSubject(string Data, PipelineOptions Process, DaemonOptions Daemon, IStorage Storage, MachineFacts Machine);
