namespace Pipeline.Host.Upkeep.Checks;

/// <summary>What one check has found.</summary>
/// <param name="Check">The check, in a word or two.</param>
/// <param name="Level">How it stands.</param>
/// <param name="Found">What was found.</param>
/// <param name="Mend">What to do; nothing where nothing is wrong.</param>
internal sealed record Finding(string Check, FindingLevel Level, string Found, string Mend)
{
    /// <summary>All is well.</summary>
    public static Finding Ok(string check, string found) => new(check, FindingLevel.Ok, found, "");

    /// <summary>It works, but not as well as it could, or not for long.</summary>
    public static Finding Warning(string check, string found, string mend) => new(check, FindingLevel.Warning, found, mend);

    /// <summary>Settings or machine are not as the daemon needs them.</summary>
    public static Finding Problem(string check, string found, string mend) => new(check, FindingLevel.Problem, found, mend);

    /// <summary>Data are damaged or missing.</summary>
    public static Finding Damage(string check, string found, string mend) => new(check, FindingLevel.Damage, found, mend);
}

/// <summary>How a finding stands.</summary>
internal enum FindingLevel
{
    /// <summary>All is well.</summary>
    Ok,

    /// <summary>It works, but not as well as it could, or not for long.</summary>
    Warning,

    /// <summary>Settings or machine are not as the daemon needs them.</summary>
    Problem,

    /// <summary>Data are damaged or missing.</summary>
    Damage,
}
