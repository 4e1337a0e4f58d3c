using Pipeline.Host.Tests.Reliability;

namespace Pipeline.Reliability;

/// <summary>Overload of a daemon, free or in a control group of its budget and a quarter.</summary>
internal sealed class MemoryDriver(DriverArguments arguments)
{
    public async Task<int> RunAsync()
    {
        string folder = Directory.CreateTempSubdirectory("pipeline-memory-").FullName;
        long budget = (long)arguments.Number("--budget", 256) << 20;
        using MemoryGroup? group = arguments.Has("--cgroup") ? new MemoryGroup(budget * 5 / 4) : null;
        OverloadFigures figures = await Overload.RunAsync(new OverloadOptions
        {
            Folder = folder,
            BudgetBytes = budget,
            Times = arguments.Number("--times", 10),
            VariableCount = arguments.Number("--variables", 2000),
            SmallFileCount = arguments.Number("--small", 200),
            Patience = TimeSpan.FromSeconds(arguments.Number("--patience", 1200)),
            StudiedCountMax = arguments.Number("--studied", 300),
            IsBound = !arguments.Has("--unbound"),
            Before = group?.Join,
            Environment = [.. arguments.Environment],
        });
        string setting = $"{(figures.Options.IsBound ? "bound" : "unbound")} {(group is null ? "free" : "cgroup")} {arguments.EnvironmentText}";
        Console.WriteLine($"memory {setting} {figures}");
        if (group is not null)
        {
            Console.WriteLine($"memory-cgroup limit_mib {group.LimitBytes >> 20} group_peak_mib {group.PeakBytes >> 20} refused {group.RefusalCount} kills {group.KillCount}");
        }

        if (!figures.IsHeld)
        {
            Console.WriteLine("memory-end " + string.Join(" | ", figures.Said.Split('\n').TakeLast(6)));
        }

        if (arguments.Text("--trace") is { } path)
        {
            await File.WriteAllTextAsync(path, figures.Trace);
            await File.WriteAllTextAsync(path + ".log", figures.Said);
        }

        if (!arguments.Has("--keep"))
        {
            Directory.Delete(folder, recursive: true);
        }

        return figures.IsHeld ? 0 : 1;
    }
}
