using Pipeline.DaemonBench;
using Pipeline.DaemonBench.Scenarios;

// Scenarios that drive the program as a process of its own; each prints a block of Markdown for docs/results/daemon.md.
IScenario[] scenarios = [new BurstScenario(), new IngestScenario(), new FullScenario(), new DrainScenario(), new OverloadScenario(), new KillScenario(), new SoakScenario(), new ReloadScenario(), new RestScenario()];
var arguments = new ScenarioArguments(args.Skip(1));
if (scenarios.FirstOrDefault(one => one.Name == args.FirstOrDefault()) is not { } scenario)
{
    foreach (IScenario one in scenarios)
    {
        Console.Error.WriteLine($"dotnet run --project bench/Daemon -c Release -- {one.Name} {one.Usage}");
    }

    return 2;
}

using var folder = new ScenarioFolder(arguments);
Console.WriteLine(Machine.Describe(folder.Path));
Console.WriteLine();
await foreach (string line in scenario.RunAsync(folder.Path, arguments))
{
    Console.WriteLine(line);
}

Console.WriteLine();
foreach (string missed in scenario.Missed)
{
    Console.WriteLine($"**Missed:** {missed}");
}

Console.WriteLine($"Load of the machine at the end: {Machine.Load}.");
return scenario.Missed.Count == 0 ? 0 : 1;
