using Pipeline.Engine;

namespace Pipeline.Host.Cli;

/// <summary>What the process answers to the shell; documented in the help text.</summary>
public static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>A defect of the program.</summary>
    public const int Defect = 1;

    /// <summary>The command line, the study or the configuration asks for what is not possible.</summary>
    public const int Usage = 2;

    /// <summary>The data cannot be used as they are.</summary>
    public const int Data = 3;

    /// <summary>The work does not fit into the memory budget.</summary>
    public const int OverBudget = 4;

    /// <summary>The search ended, but no candidate could be ranked.</summary>
    public const int NothingRanked = 5;

    /// <summary>A file or folder could not be written.</summary>
    public const int Storage = 6;

    /// <summary>The daemon was stopped and its work in hand did not finish in time; the next start does it again.</summary>
    public const int Cut = 75;

    /// <summary>The daemon gives no sign of life.</summary>
    public const int NotAlive = 76;

    /// <summary>Interrupted by Ctrl-C or SIGTERM; what was finished is complete, nothing is half-written.</summary>
    public const int Interrupted = 130;

    /// <summary>One line per code, for help texts.</summary>
    public static IReadOnlyList<string> Explanations { get; } =
    [
        "0    done",
        "1    a defect of the program",
        "2    the command line, the study or the configuration asks for what is not possible; the message says what is",
        "3    the data cannot be used as they are; the message says where and what to do",
        "4    the work does not fit into the memory budget",
        "5    no candidate could be ranked",
        "6    the results could not be written",
        "75   the daemon was stopped and work in hand was cut off; the next start does it again",
        "76   the daemon gives no sign of life",
        "130  interrupted",
    ];

    /// <summary>The code of an expected failure.</summary>
    public static int Of(FailureKind kind) => kind switch
    {
        FailureKind.InvalidRequest => Usage,
        FailureKind.OverBudget => OverBudget,
        FailureKind.Storage => Storage,
        FailureKind.Canceled => Interrupted,
        _ => Data,
    };
}
