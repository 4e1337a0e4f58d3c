using Pipeline.Reliability;

// Drivers that need a real process and take minutes; each prints one line per figure.
string usage =
    """
    dotnet run --project bench/Reliability -c Release -- memory   [--budget MIB] [--times N] [--variables P] [--small FILES] [--studied SAMPLES] [--patience S] [--unbound] [--cgroup] [--trace FILE] [NAME=VALUE …]
    dotnet run --project bench/Reliability -c Release -- overhead [--runs N] [--with "--state {folder}"] [--grain candidates|units] [--units N] [--model TERM] [--threads N] [NAME=VALUE …]
    """;
var arguments = new DriverArguments(args.Skip(1));
switch (args.FirstOrDefault())
{
    case "memory":
        return await new MemoryDriver(arguments).RunAsync();
    case "overhead":
        return await new OverheadDriver(arguments).RunAsync();
    default:
        Console.Error.WriteLine(usage);
        return 2;
}
