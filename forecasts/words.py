"""Labels in English and Chinese: the one place where a printed word is chosen."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal, get_args

from forecasts.glossary import IN_YEAR, JUDGED, STANDING

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_WORDS: Mapping[str, tuple[str, str]] = {
    # measures
    "investment": ("investment", "投资"),
    "investment_true": ("investment, true", "投资(实际)"),
    "starts": ("starts", "开工"),
    "completions": ("completions", "竣工"),
    "productions": ("productions", "投产"),
    "consents": ("consents", "获批"),
    "starts_reported": ("starts, reported", "开工(上报)"),
    "completions_reported": ("completions, reported", "竣工(上报)"),
    "productions_reported": ("productions, reported", "投产(上报)"),
    "signed_to_permitted_days": ("signing to construction permit", "签约至施工许可"),
    "signed_to_started_days": ("signing to start", "签约至开工"),
    "start_rate_of_signed": ("start rate of signed", "签约项目开工率"),
    "started_within_91d_of_signed": ("started within 91 days of signing", "签约91天内开工率"),
    "started_within_183d_of_signed": ("started within 183 days of signing", "签约183天内开工率"),
    "investment_rate_of_year_plan": ("investment over annual plan", "年度计划投资完成率"),
    "start_rate_of_due_to_date": ("started of due to date", "到期应开工率"),
    "starts_to_due_ratio": ("starts over due to date", "开工与应开工之比"),
    "since_january": ("since 1 January", "年内累计"),
    "done": ("done", "已完成"),
    "p_met_error": ("±", "±"),
    "known_count": ("count now", "当前计数"),
    "known_denominator": ("of", "当前分母"),
    "known": ("known now", "当前"),
    "rate_of_year_plan": ("of planned for the year", "年度计划完成率"),
    "rate_of_due_to_date": ("of due to date", "到期应完成率"),
    "to_due_ratio": ("over due to date", "与到期应完成之比"),
    "rate_of": ("share of", "比例,占"),
    "within_days": ("within {days} days of {since}", "{since}后{days}天内完成率"),
    "start_rate_of_year_plan": ("started of planned to start this year", "年度计划开工率"),
    "completion_rate_of_year_plan": ("completed of planned for the year", "年度计划竣工率"),
    "completion_rate_of_due_to_date": ("completed of due to date", "到期应竣工率"),
    "completions_to_due_ratio": ("completions over due to date", "竣工与应竣工之比"),
    "production_rate_of_year_plan": ("in production of planned for the year", "年度计划投产率"),
    "production_rate_of_due_to_date": ("in production of due to date", "到期应投产率"),
    "productions_to_due_ratio": ("productions over due to date", "投产与应投产之比"),
    "production_rate_of_started": ("in production of started", "开工项目投产率"),
    "capacity_rate_of_in_production": ("at capacity of in production", "投产项目达效率"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "baseline_value": ("baseline", "基准值"),
    "low": ("low", "下限"),
    "high": ("high", "上限"),
    "margin": ("margin", "容许差"),
    "replications_needed": ("replications needed", "所需重复次数"),
    "more_than": ("more than {n}", "超过 {n}"),
    "by_group": ("by group: {n} rows", "分组结果,共 {n} 行"),
    "not_shown": (
        "no room here for: {columns} (see a wider window, or --json)",
        "窗口较窄,未显示:{columns}(可加宽窗口,或用 --json)",
    ),
    "change": ("change", "变化"),
    "unit": ("unit", "单位"),
    "further_reforms": ("further reforms", "其他改革"),
    "part": ("part", "部分"),
    "net+revived": ("net and revived land", "净地和盘活用地"),
    "conversion": ("land that needs conversion", "需报批用地"),
    "title": ("title", "名称"),
    "reforms": ("reforms", "改革方案"),
    "simulated_life": (
        "one simulated future, replication {r} of {n}: not the forecast; the ledger ends on {as_of}",
        "模拟情景(第 {r} 次,共 {n} 次),并非预测;台账截至 {as_of}",
    ),
    "days_after": ("days after the as-of date, mean over all projects", "截止日后天数,全部项目平均"),
    "served": ("served", "受理数"),
    "mean_wait_days": ("mean wait, days", "平均等待(天)"),
    "utilisation": ("utilisation", "利用率"),
    "shock_losses": ("investment lost to shocks and recovered, 亿元", "冲击损失与追回的投资(亿元)"),
    "shock": ("shock", "冲击"),
    "lost": ("lost by the window's end", "冲击结束时损失"),
    "lost_low": ("low", "下限"),
    "lost_high": ("high", "上限"),
    "still_lost": ("still lost at the year's end", "年末未追回"),
    "recovered": ("recovered", "已追回"),
    "over_limit": ("cases over their legal limit, a replication", "超法定时限办件(每次重复)"),
    "overdue_cases": ("over the limit", "超时件数"),
    "overdue_share": ("share of cases over their legal limit", "超时办件占比"),
    "mean_days_over": ("working days over, mean", "平均超时(工作日)"),
    "cases": ("cases judged", "办结件数"),
    "office": ("office", "部门窗口"),
    # who tells a count
    "members": ("who says what of the period's end", "各方法对期末的预测"),
    "member": ("says", "方法"),
    "simulation": ("simulation", "仿真"),
    "hazards": ("ledger's past (hazards)", "台账历史(转移率)"),
    "series": ("counts' own course", "计数序列"),
    "blend": ("blend of past and course", "台账历史与计数序列的平均"),
    "combined": ("this forecast", "本预测"),
    "told by simulation": ("told by the simulation", "由仿真给出"),
    "told by past": ("told by the ledger's past", "由台账历史给出"),
    "told by past x ratio": (
        "told by the ledger's past times the simulation's ratio of change",
        "由台账历史乘以仿真变化比给出",
    ),
    "contributions": ("who brings the rest of the period's events", "期内剩余事件来源"),
    "in flight": ("projects under way", "在办项目"),
    "hidden": ("happened, not yet on record", "已发生未上报"),
    "future": ("projects still to come", "未来新增项目"),
    "share_of_variance": ("share of the uncertainty", "不确定性占比"),
    "shortfall": ("expected shortfall", "预期缺口"),
    # units
    "yi": ("100 million yuan", "亿元"),
    "projects": ("projects", "个项目"),
    "days": ("natural days", "自然日"),
    "share": ("share", "率"),
    "points": ("percentage points", "百分点"),
    "MW": ("MW", "兆瓦"),
    # figures
    "plan": ("plan", "计划"),
    "plan_line": ("annual plan, even pace", "计划(序时进度)"),
    "plan_steps": ("plan by month", "分月计划"),
    "as_of": ("as of", "截至"),
    "until": ("until", "预测至"),
    "p_met": ("P(met)", "完成概率"),
    "joint_p_met": ("all targets at once", "各项目标同时完成"),
    "band80": ("80 % of futures", "80%区间"),
    "mean": ("mean", "均值"),
    "median": ("median", "中位数"),
    "month": ("month", "月份"),
    "at_stake": ("at stake, 亿元", "涉及投资(亿元)"),
    "p_late": ("P(late)", "逾期概率"),
    "p_late_record": ("P(late) by the record", "逾期概率(按台账历史)"),
    "cause_record": ("what speaks against it", "不利因素(按台账历史)"),
    "planned_date": ("planned date", "计划日期"),
    "stage_reached": ("stage reached", "所处阶段"),
    "time_waiting": ("time since the last milestone", "上一节点以来时间"),
    "slips_so_far": ("planned date put off before", "计划日期曾推迟"),
    "cause": ("cause", "原因"),
    "owner": ("owner", "责任方"),
    "resource": ("resource", "涉及资源"),
    "milestone": ("milestone", "节点"),
    "planned": ("planned", "计划日期"),
    "difference": ("difference", "与基准之差"),
    "baseline": ("baseline", "基准"),
    "option": ("option", "方案"),
    "group": ("group", "分组"),
    "measure": ("measure", "指标"),
    "value": ("value", "数值"),
    "interval": ("interval", "区间"),
    "verdict": ("verdict", "结论"),
    "n": ("projects", "项目数"),
    "replications": ("replications", "重复次数"),
    "replications_of": ("{n} replications", "重复 {n} 次"),
    "waits_by_owner": ("mean days on the driving path, by owner", "关键路径平均天数(按责任方)"),
    "drivers": ("days on the driving path, before and after", "关键路径天数:改革前后"),
    "before": ("before", "改革前"),
    "after": ("after", "改革后"),
    "early_warning": ("early warning", "预警项目"),
    "overdue": ("overdue", "已逾期项目"),
    "target": ("target", "目标值"),
    "promise80": ("promise 80%", "可承诺80%"),
    "promise90": ("promise 90%", "可承诺90%"),
    "required_rate": ("needed a month", "每月需完成"),
    "p50_rate": ("expected a month", "每月预计"),
    "rates": ("rates", "各项比率"),
    "count": ("count", "计数"),
    "denominator": ("of, at the end", "期末分母"),
    "id": ("project", "项目"),
    "county": ("county", "县区"),
    "phase": ("phase", "阶段"),
    "activity": ("activity", "环节"),
    "version": ("version", "计划版本"),
    "original": ("original", "原计划"),
    "adjusted": ("adjusted", "调整计划"),
    "name": ("name", "名称"),
    "status": ("status", "状态"),
    "range": ("range", "范围"),
    # verdicts
    "better": ("better", "更好"),
    "worse": ("worse", "更差"),
    "equal": ("equal", "相当"),
    "cannot separate": ("cannot separate", "无法区分"),
    # groups
    "kind": ("kind", "类别"),
    "kind=industry": ("kind: industry", "类别:工业"),
    "kind=infrastructure": ("kind: infrastructure", "类别:基础设施"),
    "kind=services": ("kind: services", "类别:服务业"),
    "kind=social": ("kind: social", "类别:社会事业"),
    "key_level": ("key level", "重点级别"),
    "key_level=provincial": ("key level: provincial", "重点级别:省重点"),
    "key_level=city": ("key level: city", "重点级别:市重点"),
    "key_level=county": ("key level: county", "重点级别:县重点"),
    "key_level=none": ("key level: none", "重点级别:非重点"),
    "land_route": ("land route", "供地方式"),
    "land_route=granted": ("land route: granted", "供地方式:出让"),
    "land_route=allocated": ("land route: allocated", "供地方式:划拨"),
    "land_route=factory": ("land route: factory", "供地方式:标准厂房"),
    "land_route=lease": ("land route: lease", "供地方式:租赁"),
    "land_state": ("land state", "用地状态"),
    "land_state=net": ("land state: net", "用地状态:净地"),
    "land_state=revived": ("land state: revived", "用地状态:盘活"),
    "land_state=conversion": ("land state: conversion", "用地状态:需报批"),
    "land_state=factory": ("land state: factory", "用地状态:标准厂房"),
    # owners
    "government": ("government", "政府部门"),
    "applicant": ("applicant", "项目单位"),
    "third party": ("third party", "第三方"),
    "third_party": ("third party", "第三方"),
    "factor": ("factor (land, money, crews)", "要素(土地资金等)"),
    "nature": ("nature", "自然因素"),
    "history": ("before the as-of date", "截止日前"),
    "unknown": ("not known", "不明"),
    # causes
    "correction": ("correction", "补正"),
    "work": ("work", "自身耗时"),
    "closed": ("clock closed", "非工作时间"),
    # statements
    "coverage": ("coverage of the intervals", "区间覆盖率"),
    "not yet measured": ("not yet measured", "尚未测量"),
    "assumed": ("rests on assumed parameters", "依据假定参数"),
    "calibrated": ("calibrated parameters", "校准参数"),
    "projected_years": ("years with projected working days", "按法定规则推算工作日的年份"),
    "strained": ("projects whose past the model could not reproduce", "模型难以复现其历史的项目数"),
    "strained_advice": (
        "what to do: look at their dates (`kaigong check`, `kaigong explain RUN PROJECT`); where they are"
        " right, the laws of the open phase are too short or too sure: widen them, or give item rows",
        "处理办法:先核对这些项目的日期(`kaigong check`、`kaigong explain RUN PROJECT`);日期无误时,"
        "在办阶段的耗时分布偏短或过窄,应放宽分布,或补充事项办理记录",
    ),
    "reporting_delay": ("reporting delay", "上报滞后"),
    "forecast": ("Forecast", "预测"),
    "comparison": ("Reform comparison", "改革方案比较"),
    "provenance": ("provenance", "来源与版本"),
    "figures": ("figures", "图"),
    "tables": ("tables", "表"),
    "seed": ("seed", "随机种子"),
    "scenario": ("scenario", "情景"),
    "ledger": ("ledger", "台账"),
    "model": ("model", "模型"),
    "sha": ("sha", "校验值"),
    "code": ("code", "代码"),
    "reported": ("reported", "上报口径"),
    "true": ("true", "实际口径"),
    "all": ("all", "全部"),
    "groups": ("groups together", "各组合计"),
    "other": ("other", "其他"),
    "effect_in_parts": ("the effect in two parts", "效果分解"),
    "items side by side": ("items side by side", "事项并联"),
    "beside land": ("beside land", "与用地并行"),
    "share_reached": ("share that reached it", "达到比例"),
    "paired": ("same luck in both, mean over the cohort", "两方案使用相同随机数,取同批项目均值"),
    "none": ("none", "无"),
    # validation
    "validation": ("Validation against published numbers", "与公布数据的核对"),
    "fact": ("fact", "事实编号"),
    "role": ("role", "角色"),
    "input": ("input", "输入"),
    "predicted": ("predicted", "预测"),
    "inconsistent": ("inconsistent", "自相矛盾"),
    "published": ("published", "公布值"),
    "true_p50": ("true p50", "实际口径中位数"),
    "u": ("mid-p u", "中位 p 值"),
    "where": ("90 % interval", "90%区间"),
    "inside": ("inside", "区间内"),
    "outside": ("OUTSIDE", "区间外"),
    "reason": ("reason", "理由"),
    "reform": ("reform", "改革方案"),
    "reference_width": ("width of other places", "其他地区区间宽度"),
    "width": ("width", "区间宽度"),
    "slow": ("slow projects", "进展缓慢项目"),
    "list_rate": ("rate of a list", "期批比率"),
    "first_year_share": ("first-year share of total investment", "首年投资占总投资比例"),
    "parameter": ("parameter", "参数"),
    "adopted": ("adopted reforms", "已实施改革"),
    "wd": ("working days", "工作日"),
    "mo": ("months", "个月"),
    "d": ("natural days", "自然日"),
    "error": ("error", "错误"),
    "warning": ("warning", "提示"),
    "problems_counted": ("{errors} error(s), {warnings} warning(s)", "错误 {errors} 条,提示 {warnings} 条"),
    "as_of_latest": (
        ", the latest date in the ledger (--as-of for another)",
        ",台账中最晚的日期(可用 --as-of 另行给出)",
    ),
    "beyond": ("beyond the simulated time", "超出模拟期"),
}


def word(key: str, lang: Language) -> str:
    """Return the label of `key`; an unknown key is returned as it is, with spaces for underscores.

    Parameters
    ----------
    key : str
        A word of the glossary.
    lang : {"en", "zh"}

    Returns
    -------
    str

    Examples
    --------
    >>> word("starts", "zh"), word("quota:land", "en")
    ('开工', 'quota:land')
    """
    found = _WORDS.get(key) or STANDING.get(key) or JUDGED.get(key) or IN_YEAR.get(key)
    if found is None:
        return key.replace("_", " ")
    return found[LANGUAGES.index(lang)]


def synthetic_mark(place: str) -> str:
    """Return the mark that every figure and page of a synthetic portfolio carries, in both languages.

    Parameters
    ----------
    place : str
        English title of the scenario.

    Returns
    -------
    str

    Examples
    --------
    >>> synthetic_mark("Kaifeng")
    "合成项目库 synthetic portfolio: not Kaifeng's projects"
    """
    return f"合成项目库 synthetic portfolio: not {place}'s projects"


def chance(target: Mapping[str, Any], replications: int) -> str:
    """Return P(plan met) of a target with its error; where no or every future met it, a bound.

    Examples
    --------
    >>> chance({"p_met": 0.62, "p_met_error": 0.03}, 200), chance({"p_met": 0.0, "p_met_error": 0.0}, 200)
    ('0.62 ± 0.03', '< 0.015')
    """
    p, error = target["p_met"], target["p_met_error"]
    if error > 0:
        return f"{p:.2f} ± {error:.2f}"
    # Rule of three: with no case in n, the 95 % bound of a probability is 3 / n.
    bound = 3 / replications
    return f"< {bound:.2g}" if p < 0.5 else f"> {1 - bound:.3g}"


def replications_of(count: int, lang: Language) -> str:
    """Return a number of replications in words.

    Examples
    --------
    >>> replications_of(3000, "en"), replications_of(3000, "zh")
    ('3,000 replications', '重复 3,000 次')
    """
    return word("replications_of", lang).format(n=f"{count:,}")


def at_most_a_million(count: int, lang: Language) -> str:
    """Return a number of replications that would be needed; where nobody can run so many, a bound.

    Examples
    --------
    >>> at_most_a_million(1400, "en"), at_most_a_million(2_000_000, "zh")
    ('1,400', '超过 1,000,000')
    """
    most = 1_000_000
    return f"{count:,}" if count <= most else word("more_than", lang).format(n=f"{most:,}")


def joint_chance(result: Mapping[str, Any]) -> str:
    """Return P(all targets at once) of a forecast, worded as that of one target."""
    known = {"p_met": result["joint_p_met"], "p_met_error": result.get("joint_p_met_error") or 0.0}
    return chance(known, result["replications"])


def default_language() -> Language:
    """Chinese where the environment speaks Chinese, else English.

    Examples
    --------
    >>> default_language() in LANGUAGES
    True
    """
    spoken = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "zh" if spoken.lower().startswith("zh") else "en"
